using System.Text;

namespace SkyTree.Cluster.Raft;

/// <summary>A checkpoint's file.</summary>
/// <param name="Name">Its name, without a folder.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct CheckpointFile(string Name, long Length);

/// <summary>What a checkpoint consists of and who has it. It travels in the log's stead; the files are fetched beside it.</summary>
internal sealed record CheckpointManifest
{
    private const byte Format = 1;
    private const int MaximumFiles = 1_000_000;

    /// <summary>The identity of the node that has it (<see cref="RaftNodeOptions.NodeId"/>).</summary>
    public required string NodeId { get; init; }

    /// <summary>That node's metadata (<see cref="RaftNodeOptions.Metadata"/>), since who joins does not know the members yet.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The index of the last entry in it.</summary>
    public required long Index { get; init; }

    /// <summary>That entry's term.</summary>
    public required long Term { get; init; }

    /// <summary>Its files.</summary>
    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>All of it in bytes.</summary>
    /// <returns>The bytes that <see cref="Parse"/> reads.</returns>
    public byte[] ToBytes()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(NodeId);
        writer.Write(Index);
        writer.Write(Term);
        writer.Write(Metadata.Count);
        foreach ((string key, string value) in Metadata)
        {
            writer.Write(key);
            writer.Write(value);
        }

        writer.Write(Files.Count);
        foreach (CheckpointFile file in Files)
        {
            writer.Write(file.Name);
            writer.Write(file.Length);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="InvalidDataException">It is not a manifest, of a newer format, or names a file outside its folder.</exception>
    public static CheckpointManifest Parse(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            using BinaryReader reader = new(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadByte() is not Format and byte format)
            {
                throw new InvalidDataException($"The checkpoint's manifest has format {format}; this version reads {Format}.");
            }

            return new CheckpointManifest
            {
                NodeId = reader.ReadString(),
                Index = reader.ReadInt64(),
                Term = reader.ReadInt64(),
                Metadata = ReadMetadata(reader),
                Files = ReadFiles(reader),
            };
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("The checkpoint's manifest is cut short.", exception);
        }
    }

    /// <summary>Lists the files of a checkpoint's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Its files in the order of their names.</returns>
    /// <exception cref="InvalidDataException">There is a folder in it.</exception>
    public static CheckpointFile[] List(string folder)
    {
        DirectoryInfo directory = new(folder);
        if (directory.EnumerateDirectories().FirstOrDefault() is { } inner)
        {
            throw new InvalidDataException($"A checkpoint has files only, but there is the folder {inner.FullName}.");
        }

        return [.. directory.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => new CheckpointFile(file.Name, file.Length))];
    }

    private static Dictionary<string, string> ReadMetadata(BinaryReader reader)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            metadata[reader.ReadString()] = reader.ReadString();
        }

        return metadata;
    }

    private static List<CheckpointFile> ReadFiles(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count is < 0 or > MaximumFiles)
        {
            throw new InvalidDataException($"A checkpoint with {count} files is not believed.");
        }

        List<CheckpointFile> files = [];
        for (; count > 0; count--)
        {
            CheckpointFile file = new(reader.ReadString(), reader.ReadInt64());
            if (file.Length < 0 || file.Name.Length == 0 || file.Name is "." or ".." || file.Name.AsSpan().IndexOfAny("/\\:\0") >= 0)
            {
                throw new InvalidDataException($"'{file.Name}' is not the name of a checkpoint's file.");
            }

            files.Add(file);
        }

        return files;
    }
}
