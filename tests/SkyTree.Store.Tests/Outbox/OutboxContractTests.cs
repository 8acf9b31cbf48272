using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Messages;
using SkyTree.Store.EF;

namespace SkyTree.Store.Tests.Outbox;

/// <summary>The contract, while messages move in small pages from one memory to another.</summary>
public sealed class OutboxOverMemoryTests : MessageStoreContract
{
    protected override int Histories => 300;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place) =>
        new(OutboxStores.Create(new InMemoryMessageStore(), new InMemoryMessageStore()));
}

/// <summary>The contract, while every third append fails, half of those after they took effect.</summary>
public sealed class OutboxOverUnreliableTests : MessageStoreContract
{
    protected override int Histories => 300;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place)
    {
        UnreliableMessageStore external = new(new InMemoryMessageStore());
        int appends = 0;
        external.OnAppend = () =>
        {
            appends++;
            external.LosesAnswers = appends % 6 == 3;
            return appends % 6 == 0 ? Task.FromException(new IOException("the line is cut")) : Task.CompletedTask;
        };
        return new(OutboxStores.Create(new InMemoryMessageStore(), external));
    }
}

/// <summary>The contract over a database that is opened again, with the embedded log as it was left.</summary>
public sealed class OutboxOverSqliteTests : DurableMessageStoreContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-outbox-").FullName;
    private readonly Dictionary<string, InMemoryMessageStore> _embedded = [];

    protected override int Histories => 40;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place)
    {
        if (!_embedded.TryGetValue(place, out InMemoryMessageStore? embedded))
        {
            embedded = new InMemoryMessageStore();
            _embedded.Add(place, embedded);
        }

        EfMessageStore external = new(new EfStoreOptions { Provider = EfProvider.Sqlite, ConnectionString = $"Data Source={Path.Combine(_directory, place)}.db" });
        return new(OutboxStores.Create(embedded, external, new OutboxOptions()));
    }

    protected override ValueTask CleanUpAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}

internal static class OutboxStores
{
    /// <summary>Small pages, so that a test has many of them.</summary>
    public static readonly OutboxOptions Small = new()
    {
        PageMessages = 7,
        PageBytes = 4096,
        FirstBackOff = TimeSpan.FromMilliseconds(1),
        LongestBackOff = TimeSpan.FromMilliseconds(4),
    };

    public static OutboxMessageStore Create(MessageStore embedded, MessageStore external, OutboxOptions? options = null) =>
        new(embedded, external, options ?? Small, TimeProvider.System, NullLogger.Instance);
}
