using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Core.Tests.Messages;

/// <summary>The log's end in memory, and what becomes of it when the store's content is replaced.</summary>
public sealed class TailedMessageStoreTests : IAsyncDisposable
{
    private readonly InMemoryMessageStore _inner = new();
    private readonly TailedMessageStore _store;

    public TailedMessageStoreTests() => _store = new TailedMessageStore(_inner, 10_000);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _inner.DisposeAsync();
    }

    [Fact]
    public async Task What_was_forgotten_is_read_from_the_store()
    {
        _store.Add(Message(1, "tail"));
        _store.Add(Message(2, "tail"));
        _inner.Append([Message(1, "store"), Message(2, "store"), Message(3, "store")]);
        Assert.Equal("tail tail", await ReadAsync(0));

        _store.Forget();
        Assert.Equal("store store store", await ReadAsync(0));

        _store.Add(Message(4, "tail"));
        Assert.Equal("tail", await ReadAsync(3));
        Assert.Equal("store", await ReadAsync(2, limit: 1));
    }

    [Fact]
    public async Task Room_is_counted_anew()
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 1; i <= 20; i++)
            {
                _store.Add(Message(i, "tail"));
            }

            Assert.Equal(20, (await _store.ReadLogAsync(0, null, 100)).Messages.Count);
            _store.Forget();
        }
    }

    [Fact]
    public async Task Readers_never_get_what_was_forgotten_along_with_what_came_after()
    {
        using CancellationTokenSource done = new();
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                LogPage page = await _store.ReadLogAsync(0, null, 100);
                Assert.True(page.Messages.Select(m => m.Topic).Distinct().Count() <= 1);
            }
        }))];
        for (int round = 0; round < 5_000; round++)
        {
            for (int i = 1; i <= 5; i++)
            {
                _store.Add(Message(i, $"{round}"));
            }

            _store.Forget();
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    private async Task<string> ReadAsync(long after, int limit = 100) =>
        string.Join(' ', (await _store.ReadLogAsync(after, null, limit)).Messages.Select(m => m.Topic));

    private static StoredMessage Message(long offset, string topic) => new() { Offset = offset, Topic = topic, TimestampMs = offset };
}
