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

    private readonly Lock _writing = new(); // held by who changes what is in memory; readers take no lock
    private volatile Tail _tail = new(); // swapped whole, under _writing
    private long _bytes; // guarded by _writing

    /// <summary>Adds a message that the store has. One thread at a time, in the log's order.</summary>
    public void Add(StoredMessage message)
    {
        lock (_writing)
        {
            Tail tail = _tail;
            tail.Log.Add(message);
            int bytes = message.Size + Overhead;
            tail.Kept.Enqueue((message.Offset, bytes));
            _bytes += bytes;
            if (tail.First == long.MaxValue)
            {
                tail.First = message.Offset;
            }

            while (_bytes > maximumBytes && tail.Kept.Count > 1)
            {
                (long offset, int freed) = tail.Kept.Dequeue();
                tail.First = offset + 1; // before it goes: who reads looks afterwards
                tail.Log.Remove(offset);
                _bytes -= freed;
            }
        }
    }

    /// <summary>Drops a topic's messages up to and with an offset from what is held in memory: people have deleted them from the store.</summary>
    public void Forget(string topic, long offset)
    {
        lock (_writing)
        {
            var messages = new List<StoredMessage>();
            long after = 0;
            for (long next = -1; next != after && after < offset;)
            {
                next = after;
                messages.Clear();
                after = _tail.Log.Read(after, t => t == topic, messages, ScanLimit, ScanLimit);
                foreach (StoredMessage message in messages.Where(message => message.Offset <= offset))
                {
                    _tail.Log.Remove(message.Offset);
                }
            }
        }
    }

    /// <summary>Drops what is held in memory: the store's content has been replaced. While nobody adds; readers go on, in the store.</summary>
    public void Forget()
    {
        lock (_writing)
        {
            Tail before = _tail;
            _tail = new Tail();
            _bytes = 0;
            before.First = long.MaxValue; // after it was swapped: who is reading it looks afterwards, too
        }
    }

    public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        Tail tail = _tail;
        if (after + 1 >= tail.First)
        {
            var messages = new List<StoredMessage>();
            long next = tail.Log.Read(after, filter, messages, limit, ScanLimit);
            if (after + 1 >= tail.First)
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

    /// <summary>The log's end, as far as it is in memory.</summary>
    private sealed class Tail
    {
        private long _first = long.MaxValue;

        /// <summary>Every message from here on is in it; <see cref="long.MaxValue"/>: none is. Written by who adds, read by all.</summary>
        public long First
        {
            get => Volatile.Read(ref _first);
            set => Volatile.Write(ref _first, value);
        }

        public OffsetLog Log { get; } = new();

        public Queue<(long Offset, int Bytes)> Kept { get; } = new(); // of who adds
    }
}
