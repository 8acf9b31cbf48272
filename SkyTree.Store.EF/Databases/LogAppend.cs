using SkyTree.Core.Messages;
using SkyTree.Store.EF.Data;

namespace SkyTree.Store.EF.Databases;

/// <summary>What an append writes: the messages that are new, and per topic what they add to it.</summary>
internal sealed class LogAppend
{
    private readonly Dictionary<string, TopicAppend> _topics = new(StringComparer.Ordinal);

    /// <summary>Keeps the messages after the log's end; those at or before it are there, or were deleted.</summary>
    public LogAppend(IReadOnlyList<StoredMessage> messages, long lastOffset, long clockMs)
    {
        LastOffset = lastOffset;
        ClockMs = clockMs;
        foreach (StoredMessage message in messages)
        {
            if (message.Offset > LastOffset)
            {
                Add(message);
            }
        }
    }

    public List<MessageAppend> Messages { get; } = [];

    public IReadOnlyCollection<TopicAppend> Topics => _topics.Values;

    /// <summary>The log's end after the append.</summary>
    public long LastOffset { get; private set; }

    /// <summary>The highest timestamp after the append.</summary>
    public long ClockMs { get; private set; }

    private void Add(StoredMessage message)
    {
        LastOffset = message.Offset;
        ClockMs = Math.Max(ClockMs, message.TimestampMs);
        if (!_topics.TryGetValue(message.Topic, out TopicAppend? topic))
        {
            topic = new TopicAppend(message.Topic, message.Offset);
            _topics.Add(message.Topic, topic);
        }

        long byteCount = (long)message.Properties.Length + message.Payload.Length;
        topic.MessageCount++;
        topic.ByteCount += byteCount;
        topic.LastOffset = message.Offset;
        Messages.Add(new MessageAppend(message, topic, ClockMs, byteCount));
    }
}

/// <summary>One message of an append.</summary>
internal readonly record struct MessageAppend(StoredMessage Message, TopicAppend Topic, long ClockMs, long ByteCount);

/// <summary>What an append adds to one topic.</summary>
internal sealed class TopicAppend(string topic, long firstOffset)
{
    public string Topic => topic;

    public byte[] Hash { get; } = TopicKey.Hash(topic);

    /// <summary>The topic's row; until the database has answered, the one it gets if it is new.</summary>
    public long Id { get; set; } = firstOffset;

    public long MessageCount { get; set; }

    public long ByteCount { get; set; }

    public long LastOffset { get; set; }
}
