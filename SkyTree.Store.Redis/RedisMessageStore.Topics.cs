using SkyTree.Core.Messages;
using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

public sealed partial class RedisMessageStore
{
    private const int TopicsPerRead = 1000;

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        List<TopicSummary> page = [];
        int take = filter is null ? Math.Min(limit, TopicsPerRead) : TopicsPerRead;
        while (true)
        {
            List<(string Topic, string Id)> topics = await ReadTopicsAsync(after, take, cancellationToken).ConfigureAwait(false);
            int room = limit - page.Count;
            List<(string Topic, string Id)> wanted = [.. topics.Where(t => filter is null || filter(t.Topic)).Take(room)];
            page.AddRange(await SummarizeAsync(wanted, cancellationToken).ConfigureAwait(false));
            bool cut = wanted.Count == room;
            if (page.Count == limit || (!cut && topics.Count < take))
            {
                return page;
            }

            after = cut ? wanted[^1].Topic : topics[^1].Topic; // Some were emptied meanwhile, which is not the end of the list.
        }
    }

    internal async ValueTask<TopicSummary> GetSummaryAsync(string topic, CancellationToken cancellationToken)
    {
        RedisValue[] found = await Connection.CallAsync(
            d => d.SortedSetRangeByValueAsync(_keys.Topics, TopicKey.ToLowerBound(topic), TopicKey.ToUpperBound(topic), take: 1),
            cancellationToken).ConfigureAwait(false);
        if (found.Length == 0)
        {
            return new TopicSummary(topic, 0, 0, 0);
        }

        List<TopicSummary> summary = await SummarizeAsync([TopicKey.FromMember((byte[])found[0]!)], cancellationToken).ConfigureAwait(false);
        return summary.Count == 0 ? new TopicSummary(topic, 0, 0, 0) : summary[0];
    }

    private async Task<List<(string Topic, string Id)>> ReadTopicsAsync(string? after, int take, CancellationToken cancellationToken)
    {
        RedisValue from = after is null ? RedisValue.Null : TopicKey.ToUpperBound(after);
        RedisValue[] members = await Connection.CallAsync(
            d => d.SortedSetRangeByValueAsync(_keys.Topics, from, take: take), cancellationToken).ConfigureAwait(false);
        return [.. members.Select(m => TopicKey.FromMember((byte[])m!))];
    }

    /// <summary>What the topics hold, without those that have been emptied.</summary>
    private async Task<List<TopicSummary>> SummarizeAsync(List<(string Topic, string Id)> topics, CancellationToken cancellationToken)
    {
        List<TopicSummary> summaries = new(topics.Count);
        if (topics.Count == 0)
        {
            return summaries;
        }

        RedisResult answer = await Connection.RunAsync(
            Scripts.Summarize, [_keys.Bytes], [_keys.Queues, .. topics.Select(t => (RedisValue)t.Id)], cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < topics.Count; i++)
        {
            long count = (long)answer[i * 3];
            if (count > 0)
            {
                long bytes = (long)answer[(i * 3) + 1];
                QueueEntry last = QueueEntry.Read(answer[(i * 3) + 2].ToString()!);
                summaries.Add(new TopicSummary(topics[i].Topic, count, bytes, last.Offset));
            }
        }

        return summaries;
    }
}
