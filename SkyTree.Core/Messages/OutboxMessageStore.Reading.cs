namespace SkyTree.Core.Messages;

internal sealed partial class OutboxMessageStore
{
    /// <summary>The higher of both ends, as far as the external store has been reached. The next offset must be above it.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        long embedded = await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        if (_isShared)
        {
            return embedded; // the cluster's log gives out offsets, and this node may not have applied what others have written
        }

        return Math.Max(embedded, Volatile.Read(ref _sentUpTo));
    }

    /// <inheritdoc/>
    public override MessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new OutboxMessageQueue(this, topic);
    }

    /// <inheritdoc/>
    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        int replacements = RequireWhole();
        LogPage page = await ReadPartsAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
        RequireWhole(replacements);
        return page;
    }

    private async ValueTask<LogPage> ReadPartsAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredMessage> messages = [];
        long at = after; // where to go on
        long next = after; // the same, unless nothing was there to be looked at
        while (true)
        {
            long boundary = StoredUpTo;
            if (at < boundary)
            {
                LogPage page = await External.ReadLogAsync(at, filter, limit - messages.Count, cancellationToken).ConfigureAwait(false);
                messages = Join(messages, UpTo(boundary, page.Messages));
                if (messages.Count == limit || (page.Next > at && page.Next < boundary))
                {
                    return new LogPage(messages, Math.Min(page.Next, boundary));
                }

                // It has come to the boundary, or to its end before it: nothing is left between there and the boundary.
                next = page.Next > at ? boundary : next;
                at = boundary;
            }

            LogPage rest = await _embedded.ReadLogAsync(at, filter, limit - messages.Count, cancellationToken).ConfigureAwait(false);
            if (StoredUpTo <= at)
            {
                return new LogPage(Join(messages, rest.Messages), rest.Next > at ? rest.Next : next);
            }

            // The boundary rose while the embedded log was read, which may have dropped some of what it was asked for. What
            // is there now is in the external store; but nobody waits for topics that are passed over again and again.
            if (at > after && filter is not null)
            {
                return new LogPage(messages, at);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        // The embedded log first: messages only move the other way, so none is missed.
        long? embedded = await _embedded.FindOffsetAsync(timestampMs, cancellationToken).ConfigureAwait(false);
        return await External.FindOffsetAsync(timestampMs, cancellationToken).ConfigureAwait(false) ?? embedded;
    }

    internal async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        int replacements = RequireWhole();
        IReadOnlyList<StoredMessage> page = await ReadPartsAsync(topic, offset, limit, cancellationToken).ConfigureAwait(false);
        RequireWhole(replacements);
        return page;
    }

    private async ValueTask<IReadOnlyList<StoredMessage>> ReadPartsAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredMessage> messages = [];
        while (true)
        {
            long boundary = StoredUpTo;
            if (offset < boundary)
            {
                IReadOnlyList<StoredMessage> page = await External.GetQueue(topic)
                    .ReadByOffsetAsync(offset, limit - messages.Count, cancellationToken).ConfigureAwait(false);
                messages = Join(messages, UpTo(boundary, page));
                if (messages.Count == limit)
                {
                    return messages;
                }

                offset = boundary; // A page that is not full has come to the end there.
            }

            IReadOnlyList<StoredMessage> rest = await _embedded.GetQueue(topic)
                .ReadByOffsetAsync(offset, limit - messages.Count, cancellationToken).ConfigureAwait(false);
            if (StoredUpTo <= offset)
            {
                return Join(messages, rest);
            }

            // The boundary rose meanwhile: see ReadLogAsync.
        }
    }

    /// <summary>The external store, once it is open.</summary>
    /// <exception cref="IOException">It has not been reached since the start.</exception>
    private MessageStore External => Volatile.Read(ref _isOpen)
        ? _external
        : throw new IOException($"The message database has not been reached yet: {_lastError ?? "it does not answer"}");

    /// <summary>What the external store has above the boundary is still being written, or is a repeat.</summary>
    private static IReadOnlyList<StoredMessage> UpTo(long boundary, IReadOnlyList<StoredMessage> messages)
    {
        if (messages.Count == 0 || messages[^1].Offset <= boundary)
        {
            return messages;
        }

        return [.. messages.TakeWhile(m => m.Offset <= boundary)];
    }

    private static IReadOnlyList<StoredMessage> Join(IReadOnlyList<StoredMessage> first, IReadOnlyList<StoredMessage> second) =>
        first.Count == 0 ? second : second.Count == 0 ? first : [.. first, .. second];
}
