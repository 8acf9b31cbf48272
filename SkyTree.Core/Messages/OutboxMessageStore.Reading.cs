namespace SkyTree.Core.Messages;

internal sealed partial class OutboxMessageStore
{
    /// <summary>The higher of both ends, as far as the external store has been reached. The next offset must be above it.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        long embedded = await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
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
        while (true)
        {
            long boundary = StoredUpTo;
            IReadOnlyList<StoredMessage> stored = [];
            long next = after; // how far was looked
            long from = after; // where to look in the embedded log
            if (after < boundary)
            {
                LogPage page = await External.ReadLogAsync(after, filter, limit, cancellationToken).ConfigureAwait(false);
                stored = UpTo(boundary, page.Messages);
                if (stored.Count == limit || (page.Next > after && page.Next < boundary))
                {
                    return new LogPage(stored, Math.Min(page.Next, boundary));
                }

                // It has come to the boundary, or to its end before it: nothing is left between there and the boundary.
                next = page.Next > after ? boundary : after;
                from = boundary;
            }

            LogPage rest = await _embedded.ReadLogAsync(from, filter, limit - stored.Count, cancellationToken).ConfigureAwait(false);
            if (StoredUpTo <= from)
            {
                return new LogPage(Join(stored, rest.Messages), rest.Next > from ? rest.Next : next);
            }

            // The boundary rose while the embedded log was read, which may have dropped some of what it was asked for.
            if (from > after)
            {
                return new LogPage(stored, from);
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
        while (true)
        {
            long boundary = StoredUpTo;
            IReadOnlyList<StoredMessage> stored = [];
            if (offset < boundary)
            {
                stored = UpTo(boundary, await External.GetQueue(topic).ReadByOffsetAsync(offset, limit, cancellationToken).ConfigureAwait(false));
                if (stored.Count == limit)
                {
                    return stored;
                }
            }

            // A page that is not full has come to the queue's end there.
            long from = Math.Max(offset, boundary);
            IReadOnlyList<StoredMessage> rest = await _embedded.GetQueue(topic).ReadByOffsetAsync(from, limit - stored.Count, cancellationToken).ConfigureAwait(false);
            if (StoredUpTo <= from)
            {
                return Join(stored, rest);
            }

            if (stored.Count > 0)
            {
                return stored;
            }
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
