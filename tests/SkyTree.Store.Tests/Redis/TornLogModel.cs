using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;

namespace SkyTree.Store.Tests.Redis;

/// <summary>What a store should hold, changed like one.</summary>
internal sealed record TornLogModel(IReadOnlyList<StoredMessage> Messages, long Last)
{
    public static readonly TornLogModel Empty = new([], 0);

    public TornLogModel Append(IReadOnlyList<StoredMessage> batch) =>
        new([.. Messages, .. batch.Where(m => m.Offset > Last)], Math.Max(Last, batch[^1].Offset));

    public TornLogModel Delete(Func<StoredMessage, bool> which) => this with { Messages = [.. Messages.Where(m => !which(m))] };

    /// <summary>All of it as text.</summary>
    public string Describe() => Describe(
        Last,
        Messages,
        Messages.GroupBy(m => m.Topic).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (new TopicSummary(g.Key, g.Count(), g.Sum(m => (long)m.Payload.Length), g.Max(m => m.Offset)), g.Select(m => m.Offset))));

    /// <summary>All of a store as text, from each side that it can be read from.</summary>
    public static async Task<string> DescribeAsync(MessageStore store)
    {
        long last = await store.GetLastOffsetAsync();
        List<(TopicSummary, IEnumerable<long>)> topics = [];
        foreach (TopicSummary topic in await store.ListTopicsAsync(null, null, 1_000))
        {
            IReadOnlyList<StoredMessage> queue = await store.GetQueue(topic.Topic).ReadByOffsetAsync(0, 1_000);
            LogPage log = await store.ReadLogAsync(0, t => t == topic.Topic, 1_000);
            topics.Add((topic, queue.Select(m => m.Offset)));
            if (!queue.SequenceEqual(log.Messages, SameOffset.Instance))
            {
                topics.Add((topic, log.Messages.Select(m => m.Offset))); // Shows as another topic.
            }
        }

        return Describe(last, (await store.ReadLogAsync(0, null, 1_000)).Messages, topics);
    }

    private static string Describe(long last, IEnumerable<StoredMessage> log, IEnumerable<(TopicSummary Topic, IEnumerable<long> Offsets)> topics)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"last {last}\n");
        foreach (StoredMessage message in log)
        {
            text.Append(CultureInfo.InvariantCulture, $"{message.Offset} {message.Topic} {message.TimestampMs} {Encoding.UTF8.GetString(message.Payload.Span)}\n");
        }

        foreach ((TopicSummary topic, IEnumerable<long> offsets) in topics)
        {
            text.Append(CultureInfo.InvariantCulture, $"{topic}: {string.Join(' ', offsets)}\n");
        }

        return text.ToString();
    }

    private sealed class SameOffset : IEqualityComparer<StoredMessage>
    {
        public static readonly SameOffset Instance = new();

        public bool Equals(StoredMessage? x, StoredMessage? y) => x!.Offset == y!.Offset;

        public int GetHashCode(StoredMessage message) => message.Offset.GetHashCode();
    }
}
