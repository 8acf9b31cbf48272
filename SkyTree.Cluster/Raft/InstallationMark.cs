using System.Buffers.Binary;

namespace SkyTree.Cluster.Raft;

/// <summary>Remembers that the state is being replaced by a checkpoint, until this node has a checkpoint of it itself.</summary>
internal sealed class InstallationMark(string folder)
{
    private readonly string _file = Path.Combine(folder, "installing");

    /// <summary>Says, durably, that a checkpoint is about to be installed.</summary>
    public void Set(long index, long term)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, index);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[sizeof(long)..], term);
        Durable.Write(_file, bytes);
    }

    /// <summary>What was being installed when the process ended, if anything was.</summary>
    public (long Index, long Term)? Read()
    {
        if (!File.Exists(_file))
        {
            return null;
        }

        byte[] bytes = File.ReadAllBytes(_file);
        return (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(sizeof(long))));
    }

    /// <summary>It is done, or was never begun.</summary>
    public void Clear() => File.Delete(_file);
}
