using System.Text;

namespace SkyTree.Core.Messages;

/// <summary>One stored message as a <see cref="MessageStore"/> keeps it. Immutable.</summary>
public sealed record StoredMessage
{
    private readonly string _topic = "";
    private Cache _topicUtf8; // the same bytes, whoever writes them

    /// <summary>The message's id: orders all messages of a shard, 1 and up, assigned once when it is appended.</summary>
    public required long Offset { get; init; }

    /// <summary>The topic name.</summary>
    public required string Topic
    {
        get => _topic;
        init
        {
            _topic = value;
            _topicUtf8 = default; // a copy of another message has that one's
        }
    }

    /// <summary>The topic name in UTF-8.</summary>
    internal byte[] TopicUtf8
    {
        get => _topicUtf8.Bytes ??= Encoding.UTF8.GetBytes(Topic);
        init => _topicUtf8.Bytes = value;
    }

    /// <summary>When it was appended, in milliseconds since 1970-01-01 UTC.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>When it expires, in milliseconds since 1970-01-01 UTC; null: never.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The QoS it was published with, 0 to 2.</summary>
    public byte QoS { get; init; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; init; }

    /// <summary>The client identifier of the publisher; empty when the broker itself published.</summary>
    public string PublisherId { get; init; } = "";

    /// <summary>The MQTT 5.0 properties that are forwarded to subscribers, encoded as in PUBLISH; opaque to the store.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }

    /// <summary>The payload; opaque to the store.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What it costs to keep, in bytes: properties can be as large as the payload.</summary>
    internal int Size => Payload.Length + Properties.Length + Topic.Length;

    /// <summary>Bytes that have been computed or not, which makes no message another.</summary>
    private struct Cache : IEquatable<Cache>
    {
        public byte[]? Bytes;

        public readonly bool Equals(Cache other) => true;

        public override readonly bool Equals(object? obj) => obj is Cache;

        public override readonly int GetHashCode() => 0;
    }
}
