using DotNext.IO;
using DotNext.Net.Cluster.Consensus.Raft;

namespace SkyTree.Cluster.Raft;

/// <summary>An entry that has been received whole.</summary>
internal sealed class BufferedEntry : IRaftLogEntry
{
    private byte[] _content = [];

    private BufferedEntry()
    {
    }

    public long Term { get; private init; }

    public int? CommandId { get; private init; }

    public bool IsConfiguration { get; private init; }

    public long? Length => _content.Length;

    public bool IsReusable => true;

    /// <summary>Receives an entry.</summary>
    /// <remarks>What the library reads from a connection that breaks ends early, without an error.</remarks>
    /// <exception cref="EndOfStreamException">It did not come whole.</exception>
    public static async ValueTask<BufferedEntry> ReadAsync<TEntry>(TEntry entry, CancellationToken cancellationToken)
        where TEntry : IRaftLogEntry
    {
        BufferedEntry buffered = new() { Term = entry.Term, CommandId = entry.CommandId, IsConfiguration = entry.IsConfiguration };
        buffered._content = await entry.ToByteArrayAsync(token: cancellationToken).ConfigureAwait(false);
        return entry.Length is { } length && length == buffered._content.Length
            ? buffered
            : throw new EndOfStreamException($"{buffered._content.Length} of {entry.Length} bytes of an entry have come.");
    }

    public bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = _content;
        return true;
    }

    public ValueTask WriteToAsync<TWriter>(TWriter writer, CancellationToken token)
        where TWriter : IAsyncBinaryWriter => writer.Invoke(_content, token);
}
