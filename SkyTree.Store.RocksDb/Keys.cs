using System.Buffers.Binary;

namespace SkyTree.Store.RocksDb;

/// <summary>The keys and fixed values beside those of the state. Numbers in keys are big-endian, so that their bytes sort as they do.</summary>
/// <remarks>
/// Column family <c>log</c>: offset → record. <c>queues</c>: queue id, offset → bytes of payload and properties.
/// <c>topics</c>: 1, queue id → <see cref="Topics.TopicRecord"/>; what begins with 0 is the log's own bookkeeping.
/// </remarks>
internal static class Keys
{
    public const string LogFamily = "log";
    public const string QueuesFamily = "queues";
    public const string TopicsFamily = "topics";

    /// <summary>Above all bookkeeping keys; every topic's key begins with it.</summary>
    public static ReadOnlySpan<byte> FirstTopic => [1];

    /// <summary>The layout's version: one byte.</summary>
    public static ReadOnlySpan<byte> Version => "\0version"u8;

    /// <summary>The highest offset ever appended, and the highest timestamp.</summary>
    public static ReadOnlySpan<byte> Last => "\0last"u8;

    /// <summary>Up to here the whole log is deleted.</summary>
    public static ReadOnlySpan<byte> Floor => "\0floor"u8;

    /// <summary>Up to here what the floor deleted has been removed from the queues as well.</summary>
    public static ReadOnlySpan<byte> Swept => "\0swept"u8;

    /// <summary>Before the time marks: timestamp → offset.</summary>
    public static ReadOnlySpan<byte> TimeMarks => "\0time"u8;

    public const int TimeMarkSize = 13;
    public const int QueueSize = 16;
    public const int TopicSize = 9;

    public static void WriteOffset(Span<byte> key, long offset) => BinaryPrimitives.WriteInt64BigEndian(key, offset);

    public static long ReadOffset(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    public static void WriteQueue(Span<byte> key, long queue, long offset)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, queue);
        BinaryPrimitives.WriteInt64BigEndian(key[8..], offset);
    }

    public static void WriteTopic(Span<byte> key, long queue)
    {
        key[0] = 1;
        BinaryPrimitives.WriteInt64BigEndian(key[1..], queue);
    }

    public static long ReadTopicQueue(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[1..]);

    public static long ReadQueueOffset(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[8..]);

    /// <summary>Timestamps may be below zero; with the sign turned their bytes sort as they do.</summary>
    public static void WriteTimeMark(Span<byte> key, long timestampMs)
    {
        TimeMarks.CopyTo(key);
        BinaryPrimitives.WriteInt64BigEndian(key[TimeMarks.Length..], timestampMs ^ long.MinValue);
    }

    public static bool IsTimeMark(ReadOnlySpan<byte> key) => key.Length == TimeMarkSize && key.StartsWith(TimeMarks);
}
