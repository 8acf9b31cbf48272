using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Messages.Migration;

internal sealed partial class MigratingMessageStore
{
    private static readonly TimeSpan s_firstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_betweenReports = TimeSpan.FromSeconds(10);

    private long _boundary; // set when it is opened
    private long _oldLast; // set when it is opened
    private long _done; // written by the copy; interlocked
    private long _total; // written by the copy; interlocked
    private long _copiedUpTo; // the copy's
    private bool _targetIsOpen; // opening's, then the copy's
    private bool _isCounted; // the copy's

    // What of each topic is in the embedded log and in the old store as well; guarded by _copying.
    private readonly Dictionary<string, (long Count, long Bytes)> _filled = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _filledIsKnown = new(TaskCreationOptions.RunContinuationsAsynchronously); // what a process before this one left there was counted

    private async Task CopyAllAsync()
    {
        TimeSpan backOff = s_firstBackOff;
        long reported = _time.GetTimestamp();
        long doneThen = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (!_isCounted)
                {
                    await CountAsync().ConfigureAwait(false);
                    doneThen = _done;
                }

                bool more = await CopyPageAsync().ConfigureAwait(false);
                if (LastError is not null)
                {
                    LastError = null;
                    _log.Resumed(_from, _to);
                }

                backOff = s_firstBackOff;
                if (!more)
                {
                    await TakeOverAsync().ConfigureAwait(false);
                    return;
                }

                TimeSpan passed = _time.GetElapsedTime(reported);
                if (passed >= s_betweenReports)
                {
                    _log.Progressed(_from, _to, _done, _total, (long)((_done - doneThen) / passed.TotalSeconds));
                    (reported, doneThen) = (_time.GetTimestamp(), _done);
                }
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (LastError is null)
                {
                    _log.Interrupted(_from, _to, _done, e);
                }

                LastError = e.Message;
                await Task.Delay(backOff, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                backOff = backOff * 2 < s_longestBackOff ? backOff * 2 : s_longestBackOff;
            }
        }
    }

    /// <summary>Finds out how far a process before this one has come.</summary>
    private async Task CountAsync()
    {
        await OpenTargetAsync(_stopping.Token).ConfigureAwait(false);
        long there = 0;
        if (_target is null)
        {
            there = await CountFilledAsync().ConfigureAwait(false);
        }
        else
        {
            _copiedUpTo = await _target.GetLastOffsetAsync(_stopping.Token).ConfigureAwait(false);
            if (_copiedUpTo > _boundary)
            {
                throw new InvalidDataException($"{_to} ends at offset {_copiedUpTo}, above {_boundary}, up to where messages are moved there: others have written to it.");
            }

            there = await MessageCopy.CountAsync(_target, _stopping.Token).ConfigureAwait(false);
        }

        Interlocked.Exchange(ref _done, there);
        Interlocked.Exchange(ref _total, Math.Max(there, await MessageCopy.CountAsync(_old, _stopping.Token).ConfigureAwait(false)));
        _isCounted = true;
        _log.Begun(_from, _to, _boundary, there, _total);
    }

    private async Task<long> CountFilledAsync()
    {
        await _copying.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            long there = 0;
            _filled.Clear();
            _copiedUpTo = 0;
            while (await MessageCopy.ReadPageAsync(_embedded, _copiedUpTo, _boundary, _stopping.Token).ConfigureAwait(false) is { Count: > 0 } page)
            {
                AddFilled(page);
                there += page.Count;
                _copiedUpTo = page[^1].Offset;
            }

            _filledIsKnown.TrySetResult();
            return there;
        }
        finally
        {
            _copying.Release();
        }
    }

    /// <summary>Copies the next page. False: there is none.</summary>
    private async Task<bool> CopyPageAsync()
    {
        await _copying.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            List<StoredMessage> page = await MessageCopy.ReadPageAsync(_old, _copiedUpTo, _boundary, _stopping.Token).ConfigureAwait(false);
            if (page.Count == 0)
            {
                return false;
            }

            Invariant.Require(page[0].Offset > _copiedUpTo && page[^1].Offset <= _boundary, "the old store's log rises");
            _isCounted = false; // if this fails, it is not known whether the page is there
            await WriteAsync(page).ConfigureAwait(false);
            _isCounted = true;
            _copiedUpTo = page[^1].Offset;
            Interlocked.Add(ref _done, page.Count);
            return true;
        }
        finally
        {
            _copying.Release();
        }
    }

    private async Task WriteAsync(List<StoredMessage> page)
    {
        if (_target is null)
        {
            await Task.Run(() => _database.Backfill(page)).ConfigureAwait(false);
            AddFilled(page);
        }
        else
        {
            await _target.AppendAsync(page, _stopping.Token).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The new store has everything up to the boundary. It can be read before it takes over, and nothing moves into it from
    /// the embedded log before everybody reads it, so that no reader looks where a message no longer is.
    /// </summary>
    private async Task TakeOverAsync()
    {
        await _copying.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            if (_outbox is not null)
            {
                await _outbox.LoadAsync(_stopping.Token, _boundary).ConfigureAwait(false);
            }

            new StoreRecord(_to, _target is null) { MovedFrom = _from }.Write(_database);
            _final = (MessageStore?)_outbox ?? _embedded;
        }
        finally
        {
            _copying.Release();
        }

        _log.Completed(_from, _to, _done);
        if (_outbox is not null)
        {
            await _outbox.BeginAsync(_stopping.Token).ConfigureAwait(false);
        }
    }

    private void AddFilled(List<StoredMessage> page)
    {
        foreach (StoredMessage message in page)
        {
            (long count, long bytes) = _filled.GetValueOrDefault(message.Topic);
            _filled[message.Topic] = (count + 1, bytes + message.Payload.Length + message.Properties.Length);
        }
    }
}
