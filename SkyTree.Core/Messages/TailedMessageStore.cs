namespace SkyTree.Core.Messages;

/// <summary>
/// Keeps the end of the log in memory beside a store, so that readers who are a little behind read no disk. Messages are
/// added once their readers have been told, in the log's order; reads that begin before them go to the store.
/// </summary>
/// <param name="inner">The store.</param>
/// <param name="maximumBytes">How much of the log's end is kept, about.</param>
internal sealed class TailedMessageStore(MessageStore inner, long maximumBytes) : MessageStore
{
    private const int ScanLimit = 16_384;
    private const int Overhead = 256;

    private readonly OffsetLog _tail = new();
    private readonly Queue<(long Offset, int Bytes)> _kept = new(); // written by who adds
    private long _bytes; // the same
    private long _first = long.MaxValue; // every message from here on is in the tail; written by who adds, read by all

    /// <summary>Adds a message that the store has. One thread at a time, in the log's order.</summary>
    public void Add(StoredMessage message)
    {
        _tail.Add(message);
        int bytes = message.Size + Overhead;
        _kept.Enqueue((message.Offset, bytes));
        _bytes += bytes;
        if (_first == long.MaxValue)
        {
            Volatile.Write(ref _first, message.Offset);
        }

        while (_bytes > maximumBytes && _kept.Count > 1)
        {
            (long offset, int freed) = _kept.Dequeue();
            Volatile.Write(ref _first, offset + 1); // before it goes: who reads looks afterwards
            _tail.Remove(offset);
            _bytes -= freed;
        }
    }

    public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        if (after + 1 >= Volatile.Read(ref _first))
        {
            var messages = new List<StoredMessage>();
            long next = _tail.Read(after, filter, messages, limit, ScanLimit);
            if (after + 1 >= Volatile.Read(ref _first))
            {
                return new(new LogPage(messages, next));
            }
        }

        return inner.ReadLogAsync(after, filter, limit, cancellationToken);
    }

    public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) =>
        inner.AppendAsync(messages, cancellationToken);

    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => inner.GetLastOffsetAsync(cancellationToken);

    public override MessageQueue GetQueue(string topic) => inner.GetQueue(topic);

    public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) =>
        inner.FindOffsetAsync(timestampMs, cancellationToken);

    public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
        inner.ListTopicsAsync(filter, after, limit, cancellationToken);

    public override ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default) => inner.DeleteLogAsync(offset, cancellationToken);
}
