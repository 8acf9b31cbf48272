using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <summary>
/// An entry of the log: its shard, when it was proposed, and blocks of commands. A block holds commands of one node in the order in
/// which it proposed them, numbered; or commands of the leader's own, unnumbered, which may be applied twice without harm.
/// </summary>
internal static class EntryFormat
{
    /// <summary>Begins an entry; its blocks follow.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="level">The format level of the state: who does not read it applies nothing of the entry.</param>
    /// <param name="shard">Whose log it goes into.</param>
    /// <param name="nowMs">When, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="full">Whether nothing more can be stored.</param>
    public static RecordWriter Begin(RecordWriter writer, int level, ShardId shard, long nowMs, bool full) =>
        writer.Begin().Byte((byte)level).Short(shard.Number).Number(nowMs).Flag(full);

    /// <summary>Begins a block; its commands follow, as many as said.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="node">Who proposed them; empty: the leader, unnumbered.</param>
    /// <param name="incarnation">Which process of that node.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many.</param>
    public static RecordWriter BeginBlock(RecordWriter writer, Guid node, long incarnation, long first, int count) =>
        writer.Id(node).Number(incarnation).Number(first).Number32(count);

    /// <summary>A block of one command of the leader's own.</summary>
    public static byte[] Own(Command command)
    {
        var body = new RecordWriter();
        CommandFormat.Write(command, body.Begin());
        return BeginBlock(new RecordWriter().Begin(), Guid.Empty, 0, 0, 1).Bytes(body.Written).Written.ToArray();
    }

    /// <summary>Reads an entry's beginning.</summary>
    /// <param name="reader">Where the entry begins; afterwards where its blocks do.</param>
    /// <param name="shard">Whose log it is in.</param>
    /// <exception cref="InvalidDataException">A later release wrote it, or it is another shard's.</exception>
    public static (long NowMs, bool Full) ReadHeader(ref RecordReader reader, ShardId shard)
    {
        byte level = reader.Byte();
        if (level is < FormatLevel.Oldest or > FormatLevel.Newest)
        {
            throw new InvalidDataException($"A log entry has format level {level}, and this release reads {FormatLevel.Oldest} to {FormatLevel.Newest}: another release has written it. Start this node with that one.");
        }

        var of = new ShardId(reader.Short());
        return of == shard
            ? (reader.Number(), reader.Flag())
            : throw new InvalidDataException($"A log entry of shard {of.Number} is in the log of shard {shard.Number}.");
    }

    /// <summary>Reads a block's beginning; its commands follow as bytes with their length before them.</summary>
    public static BlockHeader ReadBlock(ref RecordReader reader) => new(reader.Id(), reader.Number(), reader.Number(), reader.Number32());
}

/// <summary>How a block begins.</summary>
/// <param name="Node">Who proposed it; empty: the leader, unnumbered.</param>
/// <param name="Incarnation">Which process of that node.</param>
/// <param name="First">The number of the first command.</param>
/// <param name="Count">How many follow.</param>
internal readonly record struct BlockHeader(Guid Node, long Incarnation, long First, int Count);
