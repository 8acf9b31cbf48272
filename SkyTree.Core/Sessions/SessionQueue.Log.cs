using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>Reading the store when the hints do not suffice: after a reconnect, or when the client is slower than the log.</content>
internal sealed partial class SessionQueue
{
    private const int PageSize = 256;

    /// <summary>Reads the next page of the log. False when it is not there yet: its arrival pumps.</summary>
    private bool ReadPage()
    {
        LogReader log;
        long after;
        lock (_gate)
        {
            if (_connection is null || _log is not { NeedsRead: true })
            {
                return false;
            }

            log = _log;
            SkipRefused(log);
            after = log.BeginRead();
        }

        ValueTask<LogPage> read = context.Store.ReadLogAsync(after, session.MatchesAny, PageSize);
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
        }
        catch (Exception e)
        {
            context.Log.StoreReadFailed(session.ClientId, e);
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
            // The store is down. Nothing is lost: the next acknowledgement or append reads again.
            context.Log.StoreReadFailed(session.ClientId, e);
            lock (_gate)
            {
                log.AbandonRead();
            }
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
            if (!session.HasHandled(message.Offset) && session.Resolve(message) is { } subscription)
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
