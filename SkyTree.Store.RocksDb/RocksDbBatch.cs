using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Store.RocksDb;

/// <summary>
/// Changes as they were added, in this process's memory. What RocksDB is given is made of them when they are written, for
/// a repeated write must leave out the messages that are there.
/// </summary>
internal sealed class RocksDbBatch : StateBatch
{
    private const int KeptBytes = 4 * 1024 * 1024; // of a batch that is used again

    private readonly List<Change> _changes = [];
    private byte[] _bytes = new byte[4096];
    private int _used;

    public enum Kind : byte
    {
        Put,
        Delete,
        DeletePrefix,
        Append,
    }

    /// <inheritdoc/>
    public override int Count => _changes.Count;

    /// <inheritdoc/>
    public override long Bytes => _used;

    public IReadOnlyList<Change> Changes => _changes;

    /// <inheritdoc/>
    public override void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(new Change(Kind.Put, Copy(key), Copy(value)));

    /// <inheritdoc/>
    public override void Delete(ReadOnlySpan<byte> key) => Add(new Change(Kind.Delete, Copy(key), default));

    /// <inheritdoc/>
    public override void DeletePrefix(ReadOnlySpan<byte> prefix)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prefix.Length, nameof(prefix));
        Add(new Change(Kind.DeletePrefix, Copy(prefix), default));
    }

    /// <inheritdoc/>
    public override void Append(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Part topic = Reserve(Encoding.UTF8.GetByteCount(message.Topic));
        Encoding.UTF8.GetBytes(message.Topic, Write(topic));
        Part record = Reserve(StoredMessageFormat.SizeOf(message));
        StoredMessageFormat.Write(message, Write(record));
        Add(new Change(Kind.Append, topic, record)
        {
            Offset = message.Offset,
            TimestampMs = message.TimestampMs,
            Size = message.Payload.Length + message.Properties.Length,
        });
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        _changes.Clear();
        _used = 0;
        if (_bytes.Length > KeptBytes)
        {
            _bytes = new byte[4096];
        }
    }

    public ReadOnlySpan<byte> Read(Part part) => _bytes.AsSpan(part.Start, part.Length);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Nothing but memory.
    }

    private void Add(Change change) => _changes.Add(change);

    private Part Copy(ReadOnlySpan<byte> bytes)
    {
        Part part = Reserve(bytes.Length);
        bytes.CopyTo(Write(part));
        return part;
    }

    private Part Reserve(int length)
    {
        int needed = checked(_used + length);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
        }

        Part part = new(_used, length);
        _used = needed;
        return part;
    }

    private Span<byte> Write(Part part) => _bytes.AsSpan(part.Start, part.Length);

    /// <summary>Where bytes of the batch lie.</summary>
    internal readonly record struct Part(int Start, int Length);

    /// <summary>One change.</summary>
    /// <param name="Kind">What it does.</param>
    /// <param name="Key">The key or prefix; of a message, its topic name.</param>
    /// <param name="Value">The value; of a message, its record.</param>
    internal readonly record struct Change(Kind Kind, Part Key, Part Value)
    {
        /// <summary>A message's offset.</summary>
        public long Offset { get; init; }

        /// <summary>A message's timestamp.</summary>
        public long TimestampMs { get; init; }

        /// <summary>Bytes of a message's payload and properties.</summary>
        public int Size { get; init; }
    }
}
