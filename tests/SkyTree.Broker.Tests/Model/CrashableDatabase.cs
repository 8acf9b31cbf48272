using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Broker.Tests.Model;

/// <summary>A state database whose disk is in memory and outlives it, as much of it as a crash leaves.</summary>
internal sealed class CrashableDatabase : StateDatabase
{
    private readonly CrashableDisk _disk;
    private volatile CrashableContent _content; // swapped whole by Replace

    public CrashableDatabase(CrashableDisk disk)
    {
        _disk = disk;
        _content = disk.Mount(this);
        Messages = new Log(this);
    }

    public CrashableDisk Disk => _disk;

    public override MessageStore Messages { get; }

    public override bool IsDurable => true;

    public override void Open()
    {
    }

    public override StateBatch CreateBatch() => new Batch();

    public override void Write(StateBatch batch, bool sync)
    {
        Action<CrashableContent>[] changes = [.. ((Batch)batch).Changes];
        _disk.Write(this, _content, content => Array.ForEach(changes, change => change(content)), sync);
    }

    public override byte[]? Get(ReadOnlySpan<byte> key)
    {
        CrashableContent content = _content;
        lock (content)
        {
            return content.Keys.GetValueOrDefault(key.ToArray());
        }
    }

    public override void Read(ReadOnlySpan<byte> prefix, StateVisitor visit)
    {
        byte[] begin = prefix.ToArray();
        KeyValuePair<byte[], byte[]>[] found;
        CrashableContent content = _content;
        lock (content)
        {
            found = [.. content.Keys.Where(pair => pair.Key.AsSpan().StartsWith(begin))];
        }

        foreach ((byte[] key, byte[] value) in found)
        {
            if (!visit(key, value))
            {
                return;
            }
        }
    }

    public override void CreateCheckpoint(string folder) => _disk.MakeCopy(folder);

    public override void Replace(string folder) => _content = _disk.Replace(this, folder) ?? _content;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Batch : StateBatch
    {
        public List<Action<CrashableContent>> Changes { get; } = [];

        public override int Count => Changes.Count;

        public override long Bytes => Changes.Count * 100L;

        public override void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            byte[] k = key.ToArray();
            byte[] v = value.ToArray();
            Changes.Add(content => content.Keys[k] = v);
        }

        public override void Delete(ReadOnlySpan<byte> key)
        {
            byte[] k = key.ToArray();
            Changes.Add(content => content.Keys.Remove(k));
        }

        public override void DeletePrefix(ReadOnlySpan<byte> prefix)
        {
            if (prefix.IsEmpty)
            {
                throw new ArgumentException("The prefix is empty.", nameof(prefix));
            }

            byte[] begin = prefix.ToArray();
            Changes.Add(content =>
            {
                foreach (byte[] key in content.Keys.Keys.Where(key => key.AsSpan().StartsWith(begin)).ToArray())
                {
                    content.Keys.Remove(key);
                }
            });
        }

        public override void Append(StoredMessage message) => Changes.Add(content => content.Messages.Append(message));

        public override void Clear() => Changes.Clear();

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>The messages; deletions are changes like others, and wait for no disk.</summary>
    private sealed class Log(CrashableDatabase database) : MessageStore
    {
        private InMemoryMessageStore Inner => database._content.Messages;

        public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => Inner.OpenAsync(cancellationToken);

        public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
        {
            StoredMessage[] appended = [.. messages];
            Change(messagesStore => messagesStore.Append(appended));
            return ValueTask.CompletedTask;
        }

        public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => Inner.GetLastOffsetAsync(cancellationToken);

        public override MessageQueue GetQueue(string topic) => new Queue(this, topic);

        public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default) =>
            Inner.ReadLogAsync(after, filter, limit, cancellationToken);

        public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) =>
            Inner.FindOffsetAsync(timestampMs, cancellationToken);

        public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
            Inner.ListTopicsAsync(filter, after, limit, cancellationToken);

        public override ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
        {
            long last = Math.Min(offset, Inner.LastOffset);
            Change(messages => messages.DeleteLogAsync(last, CancellationToken.None).AsTask().Wait(CancellationToken.None));
            return ValueTask.CompletedTask;
        }

        public InMemoryMessageQueue Now(string topic) => Inner.GetQueue(topic);

        public void Delete(string topic, long offset)
        {
            long last = Math.Min(offset, Inner.LastOffset);
            Change(messages => messages.GetQueue(topic).DeleteByOffsetAsync(last, CancellationToken.None).AsTask().Wait(CancellationToken.None));
        }

        private void Change(Action<InMemoryMessageStore> change) =>
            database._disk.Write(database, database._content, content => change(content.Messages), sync: false);
    }

    private sealed class Queue(Log log, string topic) : MessageQueue
    {
        public override string Topic => topic;

        public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default) =>
            log.Now(topic).ReadByOffsetAsync(offset, limit, cancellationToken);

        public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default)
        {
            log.Delete(topic, offset);
            return ValueTask.CompletedTask;
        }

        public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) => log.Now(topic).GetSummaryAsync(cancellationToken);
    }
}
