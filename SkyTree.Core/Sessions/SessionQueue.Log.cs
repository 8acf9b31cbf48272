using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>Reading the store when the hints do not suffice: after a reconnect, or when the client is slower than the log.</content>
internal sealed partial class SessionQueue
{
    private const int PageSize = 256;

    private CatchUp? _catchUp; // used by the one read at a time that the log reader allows

    /// <summary>Reads the next page of the log. False when it is not there yet: its arrival pumps.</summary>
    /// <param name="replayPages">Pages of replays that the caller has read already.</param>
    private bool ReadPage(ref int replayPages)
    {
        LogReader log;
        ReplayReader? replay;
        long after;
        int number = 0;
        lock (_gate)
        {
            replay = CurrentReplay;
            if (_connection is null || (replay is null ? _log is not { NeedsRead: true } : !replay.NeedsRead))
            {
                return false;
            }

            log = _log!;
            if (replay is null)
            {
                SkipRefused(log);
                after = log.BeginRead();
            }
            else if (replayPages++ < InlineReplayPages)
            {
                after = replay.Position;
                number = replay.BeginRead();
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.CatchUp(), this, preferLocal: false);
                return false;
            }
        }

        if (replay is not null)
        {
            return ReadReplay(replay, after, number);
        }

        ValueTask<LogPage> read = (_catchUp ??= new CatchUp(session, context)).ReadAsync(after, PageSize);
        if (read.IsCompletedSuccessfully)
        {
            EndRead(log, after, read.Result);
            return true;
        }

        _ = FinishReadAsync(log, after, read);
        return false;
    }

    private void CatchUp()
    {
        try
        {
            Pump();
            session.PumpGroups(); // a replay that has ended held back what they have for it
        }
        catch (Exception e)
        {
            context.Retries.Add(session.ClientId, e, Pump);
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private async Task FinishReadAsync(LogReader log, long after, ValueTask<LogPage> read)
    {
        try
        {
            EndRead(log, after, await read.ConfigureAwait(false));
            Pump();
        }
        catch (Exception e)
        {
            // The store is down. Nothing is lost: it is read again.
            lock (_gate)
            {
                log.AbandonRead();
            }

            context.Retries.Add(session.ClientId, e, Pump);
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private void EndRead(LogReader log, long after, LogPage page)
    {
        var items = new List<LogItem>(page.Messages.Count);
        foreach (StoredMessage message in page.Messages)
        {
            if (message.QoS > 0 && !session.HasHandled(message.Offset) && session.Resolve(message) is { } subscription)
            {
                items.Add(new LogItem(message, subscription));
            }
        }

        lock (_gate)
        {
            log.EndRead(items, after, page.Next);
        }
    }
}
