namespace SkyTree.Core.Messages;

internal sealed partial class OutboxMessageStore
{
    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await _moving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<TopicSummary> external = await External.ListTopicsAsync(filter, after, limit, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<TopicSummary> embedded = await _embedded.ListTopicsAsync(filter, after, limit, cancellationToken).ConfigureAwait(false);
            List<TopicSummary> page = [];
            for (int e = 0, m = 0; page.Count < limit && (e < external.Count || m < embedded.Count);)
            {
                int order = e == external.Count ? 1 : m == embedded.Count ? -1 : string.CompareOrdinal(external[e].Topic, embedded[m].Topic);
                TopicSummary outside = order <= 0 ? external[e++] : new TopicSummary(embedded[m].Topic, 0, 0, 0);
                TopicSummary inside = order >= 0 ? embedded[m++] : new TopicSummary(outside.Topic, 0, 0, 0);
                page.Add(await AddAsync(outside, inside, cancellationToken).ConfigureAwait(false));
            }

            return page;
        }
        finally
        {
            _moving.Release();
        }
    }

    internal async ValueTask<TopicSummary> GetSummaryAsync(string topic, CancellationToken cancellationToken)
    {
        await _moving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            TopicSummary external = await External.GetQueue(topic).GetSummaryAsync(cancellationToken).ConfigureAwait(false);
            TopicSummary embedded = await _embedded.GetQueue(topic).GetSummaryAsync(cancellationToken).ConfigureAwait(false);
            return await AddAsync(external, embedded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _moving.Release();
        }
    }

    /// <summary>Both parts of a topic; what both have counts once. Called while nothing moves.</summary>
    private async ValueTask<TopicSummary> AddAsync(TopicSummary external, TopicSummary embedded, CancellationToken cancellationToken)
    {
        if (_isShared ? embedded.Count > 0 : _sentUpTo > _storedUpTo || _droppedUpTo < _storedUpTo)
        {
            // A move was cut off, or another node is about to say that it is done, so the external store may have some of what the embedded log has.
            long both = Math.Max(_storedUpTo, external.LastOffset);
            (long count, long bytes) = await CountAsync(_embedded.GetQueue(embedded.Topic), 0, both, cancellationToken).ConfigureAwait(false);
            embedded = embedded with { Count = embedded.Count - count, Bytes = embedded.Bytes - bytes };
        }

        return new TopicSummary(
            external.Topic,
            external.Count + embedded.Count,
            external.Bytes + embedded.Bytes,
            Math.Max(external.LastOffset, embedded.LastOffset));
    }

    private static async ValueTask<(long Count, long Bytes)> CountAsync(MessageQueue queue, long after, long upTo, CancellationToken cancellationToken)
    {
        long count = 0;
        long bytes = 0;
        while (true)
        {
            IReadOnlyList<StoredMessage> page = await queue.ReadByOffsetAsync(after, ReadLimit, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page)
            {
                if (message.Offset > upTo)
                {
                    return (count, bytes);
                }

                count++;
                bytes += SizeOf(message);
            }

            if (page.Count == 0)
            {
                return (count, bytes);
            }

            after = page[^1].Offset;
        }
    }
}
