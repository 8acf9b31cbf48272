using System.Globalization;
using DotNext.IO;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace SkyTree.Cluster.Raft;

/// <summary>A checkpoint of this node's state, on its disk. To the library it is a snapshot whose content is the manifest.</summary>
internal sealed class Checkpoint : ISnapshot
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly byte[] _manifest;
    private readonly Dictionary<string, long> _files;
    private long _usedAt;

    public Checkpoint(string folder, long index, long term, RaftNodeOptions options, TimeProvider time)
    {
        Folder = folder;
        Index = index;
        Term = term;
        _time = time;
        _lease = TimeSpan.FromSeconds(options.CheckpointLeaseSeconds);
        _usedAt = time.GetTimestamp() - (long)(_lease.TotalSeconds * time.TimestampFrequency) - 1;
        CheckpointManifest manifest = new()
        {
            NodeId = options.NodeId,
            Metadata = options.Metadata,
            Index = index,
            Term = term,
            Files = CheckpointManifest.List(folder),
        };
        _manifest = manifest.ToBytes();
        _files = manifest.Files.ToDictionary(file => file.Name, file => file.Length, StringComparer.Ordinal);
    }

    public string Folder { get; }

    public long Index { get; }

    public long Term { get; }

    /// <summary>Whether a node was offered it, or read from it, a short time ago.</summary>
    public bool IsInUse => _time.GetElapsedTime(Volatile.Read(ref _usedAt)) < _lease;

    public long? Length => _manifest.Length;

    public bool IsReusable => true;

    /// <summary>The name of a checkpoint's folder.</summary>
    public static string NameOf(long index, long term) => string.Create(CultureInfo.InvariantCulture, $"{index}-{term}");

    /// <summary>Reads such a name.</summary>
    public static bool TryParse(string name, out long index, out long term)
    {
        term = 0;
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        return long.TryParse(name.AsSpan(0, Math.Max(0, dash)), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && long.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out term);
    }

    /// <summary>Keeps it for a while.</summary>
    public void Use() => Volatile.Write(ref _usedAt, _time.GetTimestamp());

    /// <summary>Opens one of its files.</summary>
    /// <exception cref="FileNotFoundException">It has no such file.</exception>
    public FileStream Open(string name)
    {
        Use();
        return _files.ContainsKey(name)
            ? new FileStream(Path.Combine(Folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, useAsync: true)
            : throw new FileNotFoundException($"The checkpoint {Index}-{Term} has no file '{name}'.", name);
    }

    /// <inheritdoc/>
    public ValueTask WriteToAsync<TWriter>(TWriter writer, CancellationToken token)
        where TWriter : IAsyncBinaryWriter
    {
        Use();
        return writer.Invoke(_manifest, token);
    }
}
