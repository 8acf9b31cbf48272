using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Messages;

internal sealed partial class OutboxMessageStore
{
    // One read of the embedded log, whose messages may each be as large as a packet.
    private const int ReadLimit = 256;

    // All of these are the drain loop's, and read by others under _moving. In a cluster none tells what the other nodes write.
    private bool _isOpen;
    private bool _lossReported;
    private long _droppedUpTo; // the embedded log has dropped what is stored up to here
    private long _sentUpTo; // the external store may have messages up to here
    private long _externalLast; // where the external store ended when it was last reached
    private long _mayRepeatUpTo; // what may have been sent before: by this process, or by one before it
    private int _averageBytes = 1024; // of the messages moved last

    private async Task DrainAsync()
    {
        TimeSpan backOff = _options.FirstBackOff;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (_isShared)
                {
                    await DropSharedAsync().ConfigureAwait(false);
                }

                if (!_isConnected)
                {
                    await ReachAsync().ConfigureAwait(false);
                }

                bool more = await (_isShared ? MoveSharedPageAsync() : MovePageAsync()).ConfigureAwait(false);
                OnReached();
                backOff = _options.FirstBackOff;
                if (!more)
                {
                    await _wake.Reader.ReadAsync(_stopping.Token).ConfigureAwait(false);
                }
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                OnFailed(e);
                await Task.Delay(backOff, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                backOff = backOff * 2 < _options.LongestBackOff ? backOff * 2 : _options.LongestBackOff;
            }
        }
    }

    /// <summary>Opens the external store, or finds out whether it is back, and whether it is the one that belongs to this log.</summary>
    private async Task ReachAsync()
    {
        await _moving.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            if (!_isOpen)
            {
                await _external.OpenAsync(_abandoned.Token).ConfigureAwait(false);
                Volatile.Write(ref _isOpen, true);
            }

            if (_isShared)
            {
                await LookAtEndAsync().ConfigureAwait(false);
                return;
            }

            long last = await _external.GetLastOffsetAsync(_abandoned.Token).ConfigureAwait(false);
            if (last < _externalLast)
            {
                // It was emptied, restored from a copy, or did not keep what it had confirmed. Nothing here has it any more.
                _log.MessageStoreWentBack(last, _externalLast);
            }

            _externalLast = last;
            LogPage first = await _embedded.ReadLogAsync(_storedUpTo, null, 1, _stopping.Token).ConfigureAwait(false);
            lock (_telling)
            {
                Volatile.Write(ref _sentUpTo, Math.Max(_sentUpTo, last));
                if (!_endIsTold && last > _storedUpTo && (first.Messages.Count == 0 || first.Messages[0].Offset > last))
                {
                    // The folder was lost or is older, and nothing in it claims what the external store has.
                    _droppedUpTo = last;
                    Interlocked.Exchange(ref _storedUpTo, last);
                }
            }
        }
        finally
        {
            _moving.Release();
        }
    }

    /// <summary>Moves the first page of what waits. False: nothing does.</summary>
    private async Task<bool> MovePageAsync()
    {
        await _moving.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            await DropStoredAsync().ConfigureAwait(false);
            long messages = Interlocked.Read(ref _pendingMessages);
            long pendingBytes = Interlocked.Read(ref _pendingBytes);
            (List<StoredMessage> page, long bytes) = await ReadPageAsync().ConfigureAwait(false);
            if (page.Count == 0)
            {
                // Who opened it while others appended may have counted some twice; nothing waits now.
                ForgetAll(messages, pendingBytes);
                _drained.TrySetResult();
                return false;
            }

            await RequireOwnAsync(page).ConfigureAwait(false);
            long last = page[^1].Offset;
            _mayRepeatUpTo = Math.Max(_mayRepeatUpTo, last);
            Volatile.Write(ref _sentUpTo, Math.Max(_sentUpTo, last));
            long started = Metrics?.Start() ?? 0;
            await _external.AppendAsync(page, _abandoned.Token).ConfigureAwait(false);
            Metrics?.AppendedOutside(started);
            _externalLast = Math.Max(_externalLast, last);

            Forget(page.Count, bytes);
            Interlocked.Exchange(ref _storedUpTo, last); // before it is dropped: see ReadLogAsync
            await DropStoredAsync().ConfigureAwait(false);
            return true;
        }
        finally
        {
            _moving.Release();
        }
    }

    private async Task DropStoredAsync()
    {
        if (_droppedUpTo < _storedUpTo)
        {
            await _embedded.DeleteLogAsync(_storedUpTo, CancellationToken.None).ConfigureAwait(false);
            _droppedUpTo = _storedUpTo;
        }
    }

    private async Task<(List<StoredMessage> Page, long Bytes)> ReadPageAsync()
    {
        List<StoredMessage> page = [];
        long bytes = 0;
        long after = _storedUpTo;
        while (page.Count < _options.PageMessages)
        {
            // By the size of those before, so that a page of large messages is not read many times over.
            long fit = Math.Max(1, (_options.PageBytes - bytes) / _averageBytes);
            int limit = (int)Math.Min(Math.Min(fit, ReadLimit), _options.PageMessages - page.Count);
            LogPage read = await _embedded.ReadLogAsync(after, null, limit, CancellationToken.None).ConfigureAwait(false);
            foreach (StoredMessage message in read.Messages)
            {
                Invariant.Require(message.Offset > after, "the embedded log rises");
                long size = SizeOf(message);
                if (page.Count > 0 && bytes + size > _options.PageBytes)
                {
                    return (page, bytes);
                }

                page.Add(message);
                bytes += size;
                after = message.Offset;
            }

            if (read.Next <= after && read.Messages.Count == 0)
            {
                break;
            }

            after = Math.Max(after, read.Next);
            _averageBytes = page.Count == 0 ? _averageBytes : (int)(bytes / page.Count) + 1;
        }

        return (page, bytes);
    }

    /// <summary>
    /// The external store ignores what lies at or below its end. That is right for what was sent before, and would lose
    /// what was not: a lower end of the embedded log means that its folder was lost, or the database is another broker's.
    /// </summary>
    private async Task RequireOwnAsync(List<StoredMessage> page)
    {
        StoredMessage? claimed = page.FindLast(m => m.Offset <= _externalLast);
        if (claimed is null)
        {
            return;
        }

        foreach (StoredMessage here in new[] { page[0], claimed })
        {
            LogPage read = await _external.ReadLogAsync(here.Offset - 1, null, 1, _abandoned.Token).ConfigureAwait(false);
            bool isThere = read.Messages is [StoredMessage first] && first.Offset == here.Offset;

            // It may have been deleted there after it was sent; but then it was sent.
            if (isThere ? !IsSame(here, read.Messages[0]) : here.Offset > _mayRepeatUpTo)
            {
                throw Foreign(here.Offset);
            }
        }
    }

    private static bool IsSame(StoredMessage one, StoredMessage other) =>
        one.Topic == other.Topic && one.TimestampMs == other.TimestampMs && one.Payload.Span.SequenceEqual(other.Payload.Span);

    private InvalidDataException Foreign(long offset) => new(
        $"The message database ends at offset {_externalLast}, and what it had at {offset} is not this broker's message: it belongs to another broker, "
        + "or to an earlier state of this one. Nothing is written to it. Give this broker a database of its own, or empty its tables.");

    private void OnReached()
    {
        if (_isConnected)
        {
            return;
        }

        _lastError = null;
        _isConnected = true;
        _lossReported = false;
        _log.MessageStoreReached(PendingMessages);
        _tried.TrySetResult();
    }

    private void OnFailed(Exception e)
    {
        _lastError = e.Message;
        _isConnected = false;
        if (!_lossReported)
        {
            _lossReported = true;
            _log.MessageStoreLost(PendingMessages, e);
        }

        _tried.TrySetResult();
    }

    private static long SizeOf(StoredMessage message) => (long)message.Payload.Length + message.Properties.Length;
}
