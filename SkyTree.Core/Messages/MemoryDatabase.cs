using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages;

/// <summary>Keeps stored messages in memory, and of the state nothing: it is gone with the process.</summary>
/// <param name="maximumBytes">About how much memory the messages may take, in bytes.</param>
internal sealed class MemoryDatabase(long maximumBytes) : StateDatabase
{
    public override InMemoryMessageStore Messages { get; } = new();

    public override bool IsDurable => false;

    public override bool IsFull => Messages.Bytes >= maximumBytes;

    public override void Open()
    {
    }

    /// <summary>A batch that keeps nothing but messages.</summary>
    public static StateBatch NewBatch() => new Batch();

    public override StateBatch CreateBatch() => NewBatch();

    public override void Write(StateBatch batch, bool sync) => Messages.Append(((Batch)batch).Appended);

    public override byte[]? Get(ReadOnlySpan<byte> key) => null;

    public override void Read(ReadOnlySpan<byte> prefix, StateVisitor visit)
    {
    }

    public override void CreateCheckpoint(string folder) => throw new NotSupportedException("What is in memory only cannot be copied to a folder.");

    public override ValueTask DisposeAsync() => Messages.DisposeAsync();

    private sealed class Batch : StateBatch
    {
        public List<StoredMessage> Appended { get; } = [];

        public override int Count => Appended.Count;

        public override long Bytes => 0;

        public override void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
        }

        public override void Delete(ReadOnlySpan<byte> key)
        {
        }

        public override void DeletePrefix(ReadOnlySpan<byte> prefix)
        {
        }

        public override void Append(StoredMessage message) => Appended.Add(message);

        public override void Clear() => Appended.Clear();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
