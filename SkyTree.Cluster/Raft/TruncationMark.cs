using System.Buffers.Binary;

namespace SkyTree.Cluster.Raft;

/// <summary>Remembers that the end of the log is being replaced, until the disk has what replaces it.</summary>
/// <remarks>
/// The library overwrites entries in place, and its note of where the log ends is written after them. Had the process been
/// killed between the two, the log would begin with a new leader's entries and go on with those of an older one, which no
/// check by index and term can find. The mark cuts that end off before the log is opened.
/// </remarks>
internal sealed class TruncationMark(string logFolder)
{
    private const int CheckpointSize = 20; // version (4 bytes), last committed index, last index; all little endian
    private const uint CheckpointVersion = 1;
    private const int LastIndexAt = 12;

    private readonly string _file = Path.Combine(logFolder, "truncated");
    private bool _set;

    /// <summary>Says, durably, that entries above an index are about to be replaced.</summary>
    public void Set(long lastKept)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, lastKept);
        Durable.Write(_file, bytes);
        _set = true;
    }

    /// <summary>The disk has what replaced them.</summary>
    public void Clear()
    {
        if (_set)
        {
            File.Delete(_file);
            _set = false;
        }
    }

    /// <summary>Ends the log where the last replacement began, if it was interrupted. Before the log is opened.</summary>
    /// <returns>The index of the last entry kept, or null if nothing was interrupted.</returns>
    /// <exception cref="RaftException">The log is not of the library's version that this was written for.</exception>
    public long? Restore()
    {
        if (!File.Exists(_file))
        {
            return null;
        }

        long lastKept = BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(_file));
        string checkpoint = Path.Combine(logFolder, "checkpoint");
        byte[] bytes = File.ReadAllBytes(checkpoint);
        if (bytes.Length != CheckpointSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != CheckpointVersion)
        {
            throw new RaftException(RaftError.Folder, $"{checkpoint} has a form that this version does not know. Start the version that wrote it, or let this node join anew with an empty folder.");
        }

        Span<byte> lastIndex = bytes.AsSpan(LastIndexAt);
        BinaryPrimitives.WriteInt64LittleEndian(lastIndex, Math.Min(lastKept, BinaryPrimitives.ReadInt64LittleEndian(lastIndex)));
        Durable.Write(checkpoint, bytes);
        File.Delete(_file);
        return lastKept;
    }
}
