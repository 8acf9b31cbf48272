using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>A broker that admits one user, by password, and nobody else. The credential comes from the program itself.</summary>
public sealed class ClosedBrokerFixture : IAsyncLifetime
{
    public const string UserName = "sensor";
    public const string Password = "pass, word=\u00E9";

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-closed-").FullName;
    private BrokerProcess? _broker;

    internal Uri Address => _broker!.Addresses["mqtt"];

    internal string Report => _broker?.Process.Output ?? "not started";

    public async ValueTask InitializeAsync() => _broker = await BrokerProcess.StartAsync(_folder, [], new Dictionary<string, string>
    {
        ["SkyTree__AllowAnonymous"] = "Never",
        ["SkyTree__Passwords__LockoutFailures"] = "1000", // the tests guess more often than a device does
        ["SkyTree__Users__0__Name"] = UserName,
        ["SkyTree__Users__0__Credential"] = await HashAsync(Password),
    });

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    internal IInteropClient Client(string client, int version) => Peer.Create(Address, null, client, version, new Inbox());

    private static async Task<string> HashAsync(string password)
    {
        string? credential = null;
        await using ChildProcess process = ChildProcess.Start("dotnet", [Repository.BrokerProgram, "--hash-password"], line => credential ??= line);
        await process.Input.WriteLineAsync(password);
        process.Input.Close();
        await process.Exited.WaitAsync(Deadline.Step);
        Assert.True(process.ExitCode == 0 && credential is not null, process.Output);
        return credential;
    }
}
