namespace SkyTree.Core.Messages;

internal sealed partial class OutboxMessageStore
{
    /// <summary>Appends to the embedded log, where nobody else does, and tells of it.</summary>
    /// <param name="messages">The messages in rising order of offset.</param>
    /// <param name="cancellationToken">Gives up waiting; whether the batch was appended is then unknown.</param>
    public override async ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        long last = await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        await _embedded.AppendAsync(messages, cancellationToken).ConfigureAwait(false);
        int count = 0;
        long bytes = 0;
        foreach (StoredMessage message in messages)
        {
            if (message.Offset > last)
            {
                count++;
                bytes += SizeOf(message);
            }
        }

        Notify(count, bytes);
    }

    /// <summary>
    /// Deletes in both. What the outbox still holds is gone at once and need not be written any more, also when the
    /// external store is away and this fails. In a cluster what the outbox holds stays: it has to be the same on all nodes.
    /// </summary>
    /// <param name="offset">The last offset to delete.</param>
    /// <param name="cancellationToken">Gives up waiting; deleting again is harmless.</param>
    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        offset = await UpToLastAsync(offset, cancellationToken).ConfigureAwait(false);
        if (!_isShared && offset > StoredUpTo)
        {
            await _moving.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                (long count, long bytes) = await CountLogAsync(_storedUpTo, offset, cancellationToken).ConfigureAwait(false);
                await _embedded.DeleteLogAsync(offset, cancellationToken).ConfigureAwait(false);
                Forget(count, bytes);
            }
            finally
            {
                _moving.Release();
            }
        }

        await External.DeleteLogAsync(offset, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask DeleteByOffsetAsync(string topic, long offset, CancellationToken cancellationToken)
    {
        offset = await UpToLastAsync(offset, cancellationToken).ConfigureAwait(false);
        if (!_isShared && offset > StoredUpTo)
        {
            // Not while a page is on its way: it would arrive after the deletion.
            await _moving.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                MessageQueue queue = _embedded.GetQueue(topic);
                (long count, long bytes) = await CountAsync(queue, _storedUpTo, offset, cancellationToken).ConfigureAwait(false);
                await queue.DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
                Forget(count, bytes);
            }
            finally
            {
                _moving.Release();
            }
        }

        await External.GetQueue(topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is appended from now on stays, although it may have moved before the external store deletes.</summary>
    private async ValueTask<long> UpToLastAsync(long offset, CancellationToken cancellationToken)
    {
        long stored = StoredUpTo; // above the embedded log's end where its folder was lost
        if (_isShared)
        {
            return Math.Min(offset, stored); // what is above may be written to the external store after it was deleted there
        }

        return Math.Min(offset, Math.Max(stored, await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false)));
    }

    private void Forget(long count, long bytes)
    {
        Interlocked.Add(ref _pendingMessages, -count);
        Interlocked.Add(ref _pendingBytes, -bytes);
    }

    /// <summary>Nothing waits, unless it was told of since the totals were read.</summary>
    private void ForgetAll(long messages, long bytes)
    {
        Interlocked.CompareExchange(ref _pendingMessages, 0, messages);
        Interlocked.CompareExchange(ref _pendingBytes, 0, bytes);
    }

    private async ValueTask<(long Count, long Bytes)> CountLogAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        long count = 0;
        long bytes = 0;
        while (true)
        {
            LogPage page = await _embedded.ReadLogAsync(after, null, ReadLimit, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.Offset > upTo)
                {
                    return (count, bytes);
                }

                count++;
                bytes += SizeOf(message);
            }

            if (page.Next == after)
            {
                return (count, bytes);
            }

            after = page.Next;
        }
    }
}
