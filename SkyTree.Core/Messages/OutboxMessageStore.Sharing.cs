using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages;

/// <content>
/// The outbox of a cluster's node. All nodes have the same messages in it, by the cluster's log, and one external store. The
/// leader writes its own outbox there, then has it committed up to where the store has everything; only when a node applies
/// that does its boundary rise, and it drops what is below.
/// </content>
/// <remarks>
/// A leader that was deposed without knowing it may still write or delete, and changes nothing by that: it writes what it has
/// applied, so what was committed, and the external store passes over what lies at or below its end; it deletes no further
/// than up to the boundary it has applied, where nothing is written any more, and what every reader had passed by then. What
/// it says of the boundary is true whoever leads, and the boundary never falls.
/// </remarks>
internal sealed partial class OutboxMessageStore
{
    private readonly bool _isShared;
    private bool _hasLed; // the drain loop's
    private bool _mustCount; // the embedded log has been replaced; interlocked
    private int _replacements; // odd while the embedded log is being replaced; interlocked

    /// <summary>The cluster. Set before this is opened, in a cluster only.</summary>
    public OutboxSharing Sharing { get; set; } = new(() => false, _ => ValueTask.CompletedTask);

    /// <summary>Whether the nodes of a cluster have one external store.</summary>
    public bool IsShared => _isShared;

    /// <summary>
    /// The cluster has committed that the external store has every message up to an offset, and the database beside the
    /// embedded log has it written. Called after every entry: the leader's outbox is looked at, too.
    /// </summary>
    /// <param name="storedUpTo">The offset; a lower one than before changes nothing.</param>
    public void Follow(long storedUpTo)
    {
        long before = StoredUpTo;
        if (storedUpTo > before)
        {
            Interlocked.Exchange(ref _storedUpTo, storedUpTo); // one thread at a time applies
        }

        if (storedUpTo > before || PendingMessages > 0)
        {
            _wake.Writer.TryWrite(true);
        }
    }

    /// <summary>The embedded log is about to be replaced by another node's: until <see cref="EndReplacement"/> reads fail.</summary>
    public void BeginReplacement() => Interlocked.Increment(ref _replacements);

    /// <summary>It has been replaced, or that has failed.</summary>
    /// <param name="storedUpTo">The boundary that came with it.</param>
    public void EndReplacement(long storedUpTo)
    {
        Follow(storedUpTo);
        Volatile.Write(ref _mustCount, true);
        Interlocked.Increment(ref _replacements);
        _wake.Writer.TryWrite(true);
    }

    /// <summary>A read asks before and after: between the two, boundary and embedded log must belong together.</summary>
    private int RequireWhole()
    {
        int replacements = Volatile.Read(ref _replacements);
        return replacements % 2 == 0 ? replacements : throw Replaced();
    }

    private void RequireWhole(int before)
    {
        if (Volatile.Read(ref _replacements) != before)
        {
            throw Replaced();
        }
    }

    private static IOException Replaced() => new("What this node keeps is being replaced by another node's.");

    /// <summary>The boundary is known, by <see cref="Follow"/>: some of what is below may not have been dropped.</summary>
    private async Task LoadSharedAsync(CancellationToken cancellationToken)
    {
        _mayRepeatUpTo = await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        await RecountAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RecountAsync(CancellationToken cancellationToken)
    {
        _droppedUpTo = 0;
        Interlocked.Exchange(ref _pendingMessages, 0);
        Interlocked.Exchange(ref _pendingBytes, 0);
        await CountPendingAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drops what the external store has, whether it can be reached from here or not.</summary>
    private async Task DropSharedAsync()
    {
        await _moving.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            if (Interlocked.Exchange(ref _mustCount, false))
            {
                await RecountAsync(_stopping.Token).ConfigureAwait(false);
            }

            long boundary = StoredUpTo;
            if (_droppedUpTo < boundary)
            {
                (long count, long bytes) = await CountLogAsync(_droppedUpTo, boundary, _stopping.Token).ConfigureAwait(false);
                await _embedded.DeleteLogAsync(boundary, CancellationToken.None).ConfigureAwait(false);
                _droppedUpTo = boundary;
                Forget(count, bytes);
            }

            long messages = Interlocked.Read(ref _pendingMessages);
            long pendingBytes = Interlocked.Read(ref _pendingBytes);
            if (await _embedded.GetLastOffsetAsync(_stopping.Token).ConfigureAwait(false) <= boundary)
            {
                ForgetAll(messages, pendingBytes);
            }
        }
        finally
        {
            _moving.Release();
        }
    }

    /// <summary>Moves the first page of what waits, if this node leads. False: nothing is to be done here.</summary>
    private async Task<bool> MoveSharedPageAsync()
    {
        if (!Sharing.MayWrite())
        {
            _hasLed = false;
            return false;
        }

        long stored;
        await _moving.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            if (!_hasLed)
            {
                await LookAtEndAsync().ConfigureAwait(false); // others have written since
                _hasLed = true;
            }

            (List<StoredMessage> page, _) = await ReadPageAsync().ConfigureAwait(false);
            if (page.Count == 0)
            {
                return false;
            }

            await RequireOwnAsync(page).ConfigureAwait(false);
            stored = page[^1].Offset;
            _mayRepeatUpTo = Math.Max(_mayRepeatUpTo, stored);
            await _external.AppendAsync(page, _abandoned.Token).ConfigureAwait(false);
            _externalLast = Math.Max(_externalLast, stored);
        }
        finally
        {
            _moving.Release();
        }

        try
        {
            await Sharing.NoteStoredAsync(stored).AsTask().WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException)
        {
            // The others go on without this node. Whoever leads writes it again, which changes nothing.
        }

        return true;
    }

    /// <summary>Finds out where the external store ends, and whether it still has what was said of it.</summary>
    private async Task LookAtEndAsync()
    {
        long confirmed = Math.Max(StoredUpTo, _externalLast); // asked first: another node may write meanwhile
        long last = await _external.GetLastOffsetAsync(_abandoned.Token).ConfigureAwait(false);
        if (last < confirmed)
        {
            _log.MessageStoreWentBack(last, confirmed);
        }

        _externalLast = last;
    }
}
