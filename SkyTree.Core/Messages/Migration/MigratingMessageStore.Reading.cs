namespace SkyTree.Core.Messages.Migration;

internal sealed partial class MigratingMessageStore
{
    /// <summary>The higher of both ends. The next offset must be above it.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        if (_final is { } final)
        {
            return await final.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        }

        return Math.Max(Math.Max(_oldLast, _boundary), await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override MessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new MigratingMessageQueue(this, topic);
    }

    /// <inheritdoc/>
    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (_final is { } final)
        {
            return await final.ReadLogAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
        }

        if (after >= _boundary)
        {
            LogPage late = await _embedded.ReadLogAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
            return _final is null ? late : await ReadLogAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
        }

        LogPage page = await _old.ReadLogAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
        if (page.Next > after && page.Next < _boundary)
        {
            return page;
        }

        // It has come to the boundary, or to its end before it: nothing is left between there and the boundary.
        List<StoredMessage> messages = [.. page.Messages.TakeWhile(m => m.Offset <= _boundary)];
        if (messages.Count > 0)
        {
            return new LogPage(messages, Math.Max(after, _boundary));
        }

        LogPage rest = await ReadLogAsync(_boundary, filter, limit, cancellationToken).ConfigureAwait(false);
        return rest.Next > _boundary || page.Next > after ? rest : rest with { Next = after };
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        if (_final is { } final)
        {
            return await final.FindOffsetAsync(timestampMs, cancellationToken).ConfigureAwait(false);
        }

        return await _old.FindOffsetAsync(timestampMs, cancellationToken).ConfigureAwait(false) is { } found && found <= _boundary
            ? found
            : await _embedded.FindOffsetAsync(timestampMs, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (_target is null && _final is null)
        {
            await _filledIsKnown.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        await _copying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_final is null)
            {
                IReadOnlyList<TopicSummary> old = await _old.ListTopicsAsync(filter, after, limit, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<TopicSummary> late = await _embedded.ListTopicsAsync(filter, after, limit, cancellationToken).ConfigureAwait(false);
                return
                [
                    .. old.Concat(late.Select(WithoutFilled))
                        .GroupBy(t => t.Topic, StringComparer.Ordinal)
                        .Select(t => t.Aggregate(Add))
                        .OrderBy(t => t.Topic, StringComparer.Ordinal)
                        .Where(t => t.Count > 0)
                        .Take(limit),
                ];
            }
        }
        finally
        {
            _copying.Release();
        }

        return await _final.ListTopicsAsync(filter, after, limit, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (_final is { } final)
        {
            return await final.GetQueue(topic).ReadByOffsetAsync(offset, limit, cancellationToken).ConfigureAwait(false);
        }

        List<StoredMessage> messages = [];
        long at = offset;
        while (at < _boundary)
        {
            // The old store's own page may end early only at its end.
            IReadOnlyList<StoredMessage> page = await _old.GetQueue(topic).ReadByOffsetAsync(at, limit - messages.Count, cancellationToken).ConfigureAwait(false);
            messages.AddRange(page.TakeWhile(m => m.Offset <= _boundary));
            if (messages.Count == limit)
            {
                return messages;
            }

            at = page.Count == 0 ? _boundary : Math.Min(_boundary, page[^1].Offset);
        }

        IReadOnlyList<StoredMessage> rest = await _embedded.GetQueue(topic).ReadByOffsetAsync(at, limit - messages.Count, cancellationToken).ConfigureAwait(false);

        // Once the new store has taken over, the embedded log may have given some of these away.
        return _final is null ? [.. messages, .. rest] : await ReadByOffsetAsync(topic, offset, limit, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask<TopicSummary> GetSummaryAsync(string topic, CancellationToken cancellationToken)
    {
        if (_target is null && _final is null)
        {
            await _filledIsKnown.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        await _copying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_final is null)
            {
                TopicSummary old = await _old.GetQueue(topic).GetSummaryAsync(cancellationToken).ConfigureAwait(false);
                return Add(old, WithoutFilled(await _embedded.GetQueue(topic).GetSummaryAsync(cancellationToken).ConfigureAwait(false)));
            }
        }
        finally
        {
            _copying.Release();
        }

        return await _final.GetQueue(topic).GetSummaryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static TopicSummary Add(TopicSummary one, TopicSummary other) =>
        new(one.Topic, one.Count + other.Count, one.Bytes + other.Bytes, Math.Max(one.LastOffset, other.LastOffset));

    private TopicSummary WithoutFilled(TopicSummary embedded)
    {
        (long count, long bytes) = _filled.GetValueOrDefault(embedded.Topic);
        return embedded with { Count = embedded.Count - count, Bytes = embedded.Bytes - bytes };
    }
}
