using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

/// <summary>
/// What every <see cref="MessageStore"/> promises. A new store's tests derive from this class, or from
/// <see cref="DurableMessageStoreContract"/> if it outlives the process, and say how to create one.
/// </summary>
public abstract partial class MessageStoreContract : IAsyncLifetime
{
    private readonly List<MessageStore> _opened = [];

    /// <summary>The store that each test starts with: open, and empty.</summary>
    protected MessageStore Store { get; private set; } = null!;

    /// <summary>How many random histories to try; fewer for a store that is slow to open.</summary>
    protected abstract int Histories { get; }

    /// <summary>Whether the same place holds the same messages when a store there is opened again.</summary>
    protected virtual bool OutlivesTheProcess => false;

    /// <summary>Creates a store, without opening it. The same place means the same data, an unknown one an empty store.</summary>
    /// <param name="place">Names a file or a database: lower-case letters, digits, underscore.</param>
    protected abstract ValueTask<MessageStore> CreateStoreAsync(string place);

    /// <summary>Removes what the places held.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    public async ValueTask InitializeAsync() => Store = await OpenStoreAsync("main");

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (MessageStore store in _opened)
        {
            await store.DisposeAsync();
        }

        await CleanUpAsync();
    }

    protected async Task<MessageStore> OpenStoreAsync(string place)
    {
        MessageStore store = await CreateStoreAsync(place);
        _opened.Add(store);
        await store.OpenAsync();
        return store;
    }

    protected async Task<MessageStore> ReopenStoreAsync(MessageStore store, string place)
    {
        await CloseStoreAsync(store);
        return await OpenStoreAsync(place);
    }

    protected async Task CloseStoreAsync(MessageStore store)
    {
        _opened.Remove(store);
        await store.DisposeAsync();
    }

    protected static StoredMessage Message(long offset, string topic, long timestampMs = 1_000, string payload = "") => new()
    {
        Offset = offset,
        Topic = topic,
        TimestampMs = timestampMs,
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
    };

    /// <summary>Messages of one topic at offsets from <paramref name="first"/> to <paramref name="last"/>.</summary>
    protected static List<StoredMessage> Messages(long first, long last, string topic) =>
        [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Message(first + i, topic, 1_000 + first + i, $"payload {first + i}"))];

    /// <summary>Reads the log to its end, however the store divides it, and checks that it comes to an end.</summary>
    protected static async Task<List<StoredMessage>> ReadWholeLogAsync(MessageStore store, Func<string, bool>? filter = null, int limit = 100, long after = 0)
    {
        List<StoredMessage> all = [];
        while (true)
        {
            LogPage page = await store.ReadLogAsync(after, filter, limit);
            Assert.True(page.Messages.Count <= limit, $"{page.Messages.Count} messages where {limit} were asked for");
            Assert.All(page.Messages, m => Assert.InRange(m.Offset, after + 1, page.Next));
            all.AddRange(page.Messages);
            if (page.Next == after)
            {
                Assert.Empty(page.Messages);
                return all;
            }

            Assert.True(page.Next > after, "the log was read backwards");
            after = page.Next;
        }
    }

    protected static async Task<List<StoredMessage>> ReadWholeQueueAsync(MessageQueue queue, int limit = 100)
    {
        List<StoredMessage> all = [];
        while (true)
        {
            IReadOnlyList<StoredMessage> page = await queue.ReadByOffsetAsync(all.Count == 0 ? 0 : all[^1].Offset, limit);
            Assert.True(page.Count <= limit, $"{page.Count} messages where {limit} were asked for");
            if (page.Count == 0)
            {
                return all;
            }

            all.AddRange(page);
        }
    }

    protected static async Task<List<TopicSummary>> ListAllTopicsAsync(MessageStore store, int limit = 100)
    {
        List<TopicSummary> all = [];
        while (true)
        {
            IReadOnlyList<TopicSummary> page = await store.ListTopicsAsync(null, all.Count == 0 ? null : all[^1].Topic, limit);
            Assert.True(page.Count <= limit, $"{page.Count} topics where {limit} were asked for");
            if (page.Count == 0)
            {
                return all;
            }

            all.AddRange(page);
        }
    }

    protected static IEnumerable<long> Offsets(IEnumerable<StoredMessage> messages) => messages.Select(m => m.Offset);

    /// <summary>Messages are equal when each field is, bytes by content.</summary>
    protected static void AssertSame(StoredMessage expected, StoredMessage actual)
    {
        Assert.True(expected.Payload.Span.SequenceEqual(actual.Payload.Span), $"payload of {expected.Offset} differs");
        Assert.True(expected.Properties.Span.SequenceEqual(actual.Properties.Span), $"properties of {expected.Offset} differ");
        Assert.Equal(expected with { Payload = default, Properties = default }, actual with { Payload = default, Properties = default });
    }

    protected static void AssertSame(IReadOnlyList<StoredMessage> expected, IReadOnlyList<StoredMessage> actual)
    {
        Assert.Equal(Offsets(expected), Offsets(actual));
        for (int i = 0; i < expected.Count; i++)
        {
            AssertSame(expected[i], actual[i]);
        }
    }
}
