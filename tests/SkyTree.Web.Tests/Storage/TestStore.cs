using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core.Messages;

namespace SkyTree.Web.Tests.Storage;

/// <summary>Where a broker is to store messages.</summary>
/// <param name="Provider">What <c>--store</c> takes.</param>
/// <param name="Connection">What <c>--store-connection</c> takes; empty: nothing.</param>
internal sealed record TestStore(string Provider, string Connection)
{
    /// <summary>The arguments of a broker, a backup and a restore.</summary>
    public string[] Options => With("--store", "--store-connection");

    /// <summary>The arguments of a broker that takes messages over from it.</summary>
    public string[] OldOptions => With("--migrate-from", "--migrate-from-connection");

    /// <summary>The arguments by which a migration is told of its source.</summary>
    public string[] From => With("--from", "--from-connection");

    /// <summary>The arguments by which a migration is told of its target.</summary>
    public string[] To => With("--to", "--to-connection");

    /// <summary>Waits until messages have left the outbox.</summary>
    /// <param name="offset">The last of them.</param>
    public async Task WaitForAsync(long offset)
    {
        SkyTreeOptions options = new() { Store = new StoreSettings { Provider = Enum.Parse<StoreProvider>(Provider), Connection = Connection } };
        await using MessageStore store = AspNetCore.Storage.Storage.CreateExternal(options, NullLoggerFactory.Instance)!;
        await store.OpenAsync();
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        while (await store.GetLastOffsetAsync(deadline.Token) < offset)
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    private string[] With(string provider, string connection) => Connection.Length > 0 ? [provider, Provider, connection, Connection] : [provider, Provider];
}
