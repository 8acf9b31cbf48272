using SkyTree.Core.Messages;

namespace SkyTree.Core.Replication;

/// <summary>
/// The embedded database of a node: the replicated state as ordered keys and values, and the log of stored messages
/// beside it, changed together by atomic batches. What a batch changed is read back whole or not at all, whenever the
/// process or the machine stops; batches come back in the order in which they were written, none missing between two.
/// </summary>
/// <remarks>
/// Batches are written by one thread at a time (backfilling takes turns with it), reads come from any. A damaged database is a
/// <see cref="StateDatabaseException"/> whose message a person can act on; nothing damaged is ever returned as if it were whole.
/// </remarks>
internal abstract class StateDatabase : IAsyncDisposable
{
    /// <summary>The log of stored messages within the database. Ready once <see cref="Open"/> has returned.</summary>
    public abstract MessageStore Messages { get; }

    /// <summary>Whether what is written outlives the process. False: everything is in memory and a batch is done at once.</summary>
    public abstract bool IsDurable { get; }

    /// <summary>Whether it holds as much as it may. Always false for one that is bounded by its disk alone.</summary>
    public virtual bool IsFull => false;

    /// <summary>Opens it, and makes it when it is not there. Called once, before anything else.</summary>
    /// <exception cref="StateDatabaseException">It is damaged, in use by another process, or cannot be written.</exception>
    public abstract void Open();

    /// <summary>A new, empty batch.</summary>
    public abstract StateBatch CreateBatch();

    /// <summary>Writes a batch: all of it, or nothing. Blocks until it is in the log, with <paramref name="sync"/> until the disk has it.</summary>
    /// <param name="batch">The batch; left as it is, so that it can be written again after a failure. Writing it twice does no harm.</param>
    /// <param name="sync">Whether it must outlive a loss of power when this returns; all batches before it then do, too.</param>
    /// <exception cref="StateDatabaseException">It was not written, or it is not known whether it was. Try again: what the failure left behind is mended first.</exception>
    public abstract void Write(StateBatch batch, bool sync);

    /// <summary>The value of a key, or null.</summary>
    /// <param name="key">The key.</param>
    public abstract byte[]? Get(ReadOnlySpan<byte> key);

    /// <summary>Reads the keys that begin with a prefix, in the order of their bytes, as they are at one moment.</summary>
    /// <param name="prefix">The prefix; empty reads all.</param>
    /// <param name="visit">Is given each key and value, which are valid during the call only. False ends the reading.</param>
    public abstract void Read(ReadOnlySpan<byte> prefix, StateVisitor visit);

    /// <summary>Writes an openable copy, consistent to one batch, into a folder that does not exist yet. Writes go on meanwhile.</summary>
    /// <param name="folder">The folder.</param>
    public abstract void CreateCheckpoint(string folder);

    /// <summary>
    /// Replaces everything by a checkpoint, state and messages, which this database takes over. Whole or not at all: whenever
    /// the process or the machine stops, the next <see cref="Open"/> finds either what there was or the checkpoint. Called while
    /// nobody writes. Who is reading reads on in what there was, and holds this call up; who begins to read waits for it and then
    /// reads the checkpoint, also with the same <see cref="Messages"/>.
    /// </summary>
    /// <param name="folder">
    /// A folder that <see cref="CreateCheckpoint"/> wrote, of this or another database, complete and synced, in the same file system.
    /// It is gone afterwards, unless this fails.
    /// </param>
    /// <exception cref="StateDatabaseException">
    /// The checkpoint is missing, damaged, or cannot be taken over, and everything is as it was; or the database cannot be opened with
    /// it, and reading fails until a write, another replacement or the next start has succeeded in that.
    /// </exception>
    /// <exception cref="NotSupportedException">This database cannot be replaced.</exception>
    public virtual void Replace(string folder) =>
        throw new NotSupportedException("This database cannot be replaced.");

    /// <summary>
    /// Puts messages into the log below its end, where a migration or a restore brings them back from another store. A
    /// message that is there is left as it is. Blocks until the disk has them.
    /// </summary>
    /// <param name="messages">The messages in rising order of offset. Nobody reads these offsets from this log meanwhile.</param>
    /// <exception cref="StateDatabaseException">They were not written, or it is not known whether they were; it may be done again.</exception>
    /// <exception cref="NotSupportedException">This database is nobody's to migrate to.</exception>
    public virtual void Backfill(IReadOnlyList<StoredMessage> messages) =>
        throw new NotSupportedException("Nothing can be migrated to this database.");

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Is given a key and its value. False ends the reading.</summary>
/// <param name="key">The key; valid during the call only.</param>
/// <param name="value">The value; valid during the call only.</param>
internal delegate bool StateVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>
/// Changes that a <see cref="StateDatabase"/> makes together, in the order in which they were added. One thread's at a time.
/// </summary>
internal abstract class StateBatch : IDisposable
{
    /// <summary>Changes in it.</summary>
    public abstract int Count { get; }

    /// <summary>About how many bytes they take.</summary>
    public abstract long Bytes { get; }

    /// <summary>Sets a key's value.</summary>
    /// <param name="key">The key; copied.</param>
    /// <param name="value">The value; copied.</param>
    public abstract void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Removes a key, if it is there.</summary>
    /// <param name="key">The key; copied.</param>
    public abstract void Delete(ReadOnlySpan<byte> key);

    /// <summary>Removes every key that begins with a prefix.</summary>
    /// <param name="prefix">The prefix, not empty; copied.</param>
    public abstract void DeletePrefix(ReadOnlySpan<byte> prefix);

    /// <summary>Appends a message to the log, at the offset it carries, which is above all appended before.</summary>
    /// <param name="message">The message.</param>
    public abstract void Append(StoredMessage message);

    /// <summary>Empties it, for it to be used again.</summary>
    public abstract void Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds.</summary>
    /// <param name="disposing">False when called by the finalizer.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>The embedded database could not do what it was asked. The message says what is wrong and what can be done.</summary>
internal sealed class StateDatabaseException : IOException
{
    /// <summary>Creates one.</summary>
    public StateDatabaseException()
    {
    }

    /// <summary>Creates one with a message.</summary>
    /// <param name="message">What is wrong and what can be done.</param>
    public StateDatabaseException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with a message and its cause.</summary>
    /// <param name="message">What is wrong and what can be done.</param>
    /// <param name="innerException">The cause.</param>
    public StateDatabaseException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the disk is full: once there is room, the same write succeeds.</summary>
    public bool IsDiskFull { get; init; }
}
