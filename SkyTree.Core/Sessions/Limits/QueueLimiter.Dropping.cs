using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Sessions.Limits;

/// <content>One session: how much waits for it, and what of it goes.</content>
internal sealed partial class QueueLimiter
{
    /// <summary>Measures a session and drops what is beyond its limits.</summary>
    /// <returns>False when there was no time for it.</returns>
    private async ValueTask<bool> TryHoldToLimitsAsync(Session session, long last, WorkBudget budget)
    {
        SessionBacklog backlog = session.Backlog!;
        backlog.MeasuredInStep = _step;
        if (!Array.Exists(session.AllSubscriptions, subscription => subscription.ReadsLog))
        {
            backlog.Measured(default, last);
            Block(session, false);
            return true;
        }

        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            QueuePosition position = session.Queue.Position;
            LogGauge gauge = _gauges.For(session, position.Offset, out long from);
            if (!await gauge.ScanAsync(last, budget).ConfigureAwait(false))
            {
                return false;
            }

            var waiting = new WaitingMessages(gauge, session.Losses?.Offsets ?? DroppedOffsets.None, from);
            QueueUsage unread = await waiting.MeasureAsync().ConfigureAwait(false);
            if (await PlanAsync(session, waiting, position, unread).ConfigureAwait(false) is not { } plan)
            {
                QueueUsage all = unread + position.Sent;
                backlog.Measured(all, last);
                Block(session, _limits.Policy == QueueLimitPolicy.RejectPublisher && _limits.AreReached(all));
                return true;
            }

            if (session.Queue.TryDrop(position, plan.Range, out long cursor))
            {
                _losses.Add(new SessionLoss(session.Queue.Owned, plan.Reason, plan.Range, cursor));
                if (plan.Reason == DropReason.QueueFull)
                {
                    backlog.Measured(unread + position.Sent - plan.Range.Dropped, last);
                    return true;
                }
            }
        }

        return true; // its client is receiving: it is looked at again in a second
    }

    /// <summary>What of a session's messages is to go now; null: nothing.</summary>
    private async ValueTask<(DropReason Reason, DroppedRange Range)?> PlanAsync(
        Session session, WaitingMessages waiting, QueuePosition position, QueueUsage unread)
    {
        if (unread.Messages == 0)
        {
            session.Backlog!.Oldest = waiting.End + 1;
            return null;
        }

        if (session.Backlog!.Oldest <= _tooOld)
        {
            session.Backlog.Oldest = await waiting.FindFirstAsync().ConfigureAwait(false) ?? waiting.End + 1;
            if (session.Backlog.Oldest <= _tooOld)
            {
                return (DropReason.QueueAge, await waiting.UpToAsync(position.Offset, _tooOld).ConfigureAwait(false));
            }
        }

        QueueUsage excess = _limits.Excess(unread + position.Sent);
        return excess.IsNone || _limits.Policy == QueueLimitPolicy.RejectPublisher ? null
            : (DropReason.QueueFull, _limits.Policy == QueueLimitPolicy.DropOldest
                ? await waiting.OldestAsync(position.Offset, excess).ConfigureAwait(false)
                : await waiting.NewestAsync(excess).ConfigureAwait(false));
    }
}
