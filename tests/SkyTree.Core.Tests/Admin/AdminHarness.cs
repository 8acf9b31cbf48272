using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Admin;

/// <summary>A broker whose administration is tested; nobody connects.</summary>
internal sealed class AdminHarness : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private AdminHarness(AdminOptions? options)
    {
        Security = new BrokerSecurity { Admin = options ?? new AdminOptions() };
        Broker = new Broker(new BrokerOptions { SysTopicsSeconds = 0 }, [], [], new DefaultAuthorizer(), Time, NullLoggerFactory.Instance, null, Security);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public BrokerSecurity Security { get; }

    public Broker Broker { get; }

    public BrokerAdmin Admin => Broker.Admin;

    public static Caller Root { get; } = new("root", AdminRole.Administrator, "10.0.0.1");

    public static async Task<AdminHarness> StartAsync(AdminOptions? options = null)
    {
        AdminHarness harness = new(options);
        await harness.Broker.OpenAsync();
        return harness;
    }

    public IReadOnlyList<AuditEntry> Audit(AuditQuery? query = null) => Admin.AuditLog.List(Root, query ?? new AuditQuery()).Items;

    /// <summary>All that a denied action must leave as it is.</summary>
    public string Everything() => string.Join(
        '\n',
        Enum.GetValues<RegistryCollection>().Where(c => c != RegistryCollection.LastUses)
            .SelectMany(c => Security.Registry[c].Entries.Select(e => $"{c} {e.Key} {e.Version}"))
            .Append($"{Audit().Count}"));

    /// <summary>What keeps the action from being done.</summary>
    public static async Task<AdminException> FailsAsync(AdminError error, string code, Func<ValueTask> action)
    {
        AdminException exception = await Assert.ThrowsAsync<AdminException>(async () => await action());
        Assert.Equal((error, code), (exception.Error, exception.Code));
        return exception;
    }

    public async Task<AdminException> FailsAndChangesNothingAsync(AdminError error, string code, Func<ValueTask> action)
    {
        string before = Everything();
        AdminException exception = await FailsAsync(error, code, action);
        Assert.Equal(before, Everything());
        return exception;
    }

    public ValueTask<AdminAccount> AccountAsync(string name, AdminRole role = AdminRole.Administrator) =>
        Admin.Accounts.CreateAsync(Root, name, role, Password, mustChangePassword: false);

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}

/// <summary>Actions that answer something nobody looks at.</summary>
internal static class Unheeded
{
    public static async ValueTask Ignore<T>(this ValueTask<T> task) => await task;
}
