using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using StackExchange.Redis;

namespace SkyTree.Store.Redis.Layout;

/// <summary>A part of a batch that one run of <see cref="Scripts.Append"/> takes: the server serves nobody else meanwhile.</summary>
internal sealed class AppendChunk
{
    private const int MaximumMessages = 500; // a script can pass on some thousand arguments at once, two for each message
    private const int MaximumBytes = 1024 * 1024; // unless one message alone is larger

    // What the server can calculate with exactly, and 285,000 years.
    private const long MaximumTimestampMs = 1L << 53;

    private AppendChunk(RedisValue[] arguments, IReadOnlyList<string> topics, long lastOffset, int start, int end)
    {
        Topics = topics;
        Arguments = arguments;
        LastOffset = lastOffset;
        Start = start;
        End = end;
    }

    /// <summary>The script's arguments.</summary>
    public RedisValue[] Arguments { get; }

    /// <summary>Its topics, as the script numbers them from 1.</summary>
    public IReadOnlyList<string> Topics { get; }

    /// <summary>The offset of its last message.</summary>
    public long LastOffset { get; }

    /// <summary>Where in the batch it begins.</summary>
    public int Start { get; }

    /// <summary>Where in the batch the next chunk begins.</summary>
    public int End { get; }

    /// <summary>A timestamp as the log's entries have it.</summary>
    public static long ToIndexTime(long timestampMs) => Math.Clamp(timestampMs, -MaximumTimestampMs, MaximumTimestampMs);

    /// <summary>Takes the next messages of a batch.</summary>
    /// <param name="messages">The batch.</param>
    /// <param name="start">The first message to take; there is one.</param>
    /// <param name="keys">The store's keys.</param>
    /// <param name="ids">The topics' ids, as far as they are known.</param>
    public static AppendChunk Take(IReadOnlyList<StoredMessage> messages, int start, Keys keys, TopicIds ids)
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        List<string> topics = [];
        List<RedisValue> firsts = [];
        List<long> topicBytes = [];
        List<RedisValue> records = new(MaximumMessages * 2);
        StringBuilder lines = new();
        int bytes = 0;
        int at = start;
        for (; at < messages.Count && at - start < MaximumMessages && bytes < MaximumBytes; at++)
        {
            StoredMessage message = messages[at];
            if (!numbers.TryGetValue(message.Topic, out int topic))
            {
                topics.Add(message.Topic);
                firsts.Add(message.Offset);
                topicBytes.Add(0);
                topic = topics.Count; // Lua counts from 1
                numbers.Add(message.Topic, topic);
            }

            byte[] record = StoredMessageFormat.ToArray(message);
            bytes += record.Length;
            long size = (long)message.Payload.Length + message.Properties.Length;
            topicBytes[topic - 1] += size;
            long time = ToIndexTime(message.TimestampMs);
            lines.Append(CultureInfo.InvariantCulture, $"{topic} {time} {message.Offset}:{size}:{record.Length}\n");
            records.Add(message.Offset);
            records.Add(record);
        }

        // The first chunk has nothing to follow: offsets may have gaps between batches.
        long follows = start == 0 ? 0 : messages[start - 1].Offset;
        long last = messages[at - 1].Offset;
        RedisValue[] arguments =
        [
            keys.Queues, follows, messages[start].Offset, last, lines.ToString(), topics.Count,
            .. topics.Select(t => (RedisValue)TopicKey.ToBytes(t)), .. topics.Select(t => (RedisValue)ids[t]),
            .. firsts, .. topicBytes.Select(b => (RedisValue)b), .. records,
        ];
        return new AppendChunk(arguments, topics, last, start, at);
    }
}
