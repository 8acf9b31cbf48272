using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Security;

/// <summary>
/// Makes the first admin account when there is none: with the password of <see cref="Variable"/>, else with a random one that is
/// printed this once. Of a cluster's nodes the one does it whose command comes first.
/// </summary>
internal sealed class FirstAccount(Broker broker, TimeProvider time, ILogger<FirstAccount> logger, FirstAccountNotice? notice = null) : IHostedService, IDisposable
{
    /// <summary>The environment variable with the first account's password.</summary>
    public const string Variable = "SKYTREE_ADMIN_PASSWORD";

    private readonly CancellationTokenSource _stopping = new();
    private Task _waiting = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (broker.IsServing)
        {
            await TryMakeAsync();
        }
        else
        {
            _waiting = WaitAsync(_stopping.Token);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(200), time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (broker.IsServing)
                {
                    await TryMakeAsync();
                    return;
                }
            }
            catch (AdminException exception) when (exception.Error == AdminError.Unavailable)
            {
                // The cluster was there a moment ago.
            }
            catch (StartUpException exception)
            {
                Log.NoFirstAccount(logger, exception.Lines[0]);
                return;
            }
        }
    }

    private async Task TryMakeAsync()
    {
        string? given = Environment.GetEnvironmentVariable(Variable);
        string? password;
        try
        {
            password = await broker.Admin.Accounts.EnsureFirstAsync(given);
        }
        catch (AdminException exception) when (exception.Error == AdminError.Invalid)
        {
            throw new StartUpException([$"{Variable}: {exception.Message}"]);
        }

        if (password is not null)
        {
            (notice?.Write ?? Console.Error.WriteLine)(string.IsNullOrEmpty(given)
                ? $"first start: sign in as '{AdminAccounts.FirstName}' with the password {password} (shown this once; it must be changed)"
                : $"first start: sign in as '{AdminAccounts.FirstName}' with the password of {Variable}");
        }
    }
}
