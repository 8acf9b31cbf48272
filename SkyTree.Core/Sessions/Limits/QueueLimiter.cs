using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// Holds durable sessions to their limits, a bounded time at each step. Sessions that may be over them, by the counters of
/// their filters, are measured against the log; only what is then known to be beyond the limits is dropped.
/// </summary>
/// <param name="state">The sessions.</param>
/// <param name="replicator">Through it what they lose is noted.</param>
/// <param name="context">Limits, log and clock.</param>
internal sealed partial class QueueLimiter(BrokerState state, IReplicator replicator, SessionContext context)
{
    private const int BatchSize = 1000; // losses in one command
    private const int MaximumAttempts = 4; // at a session whose client is receiving meanwhile

    /// <summary>How long one step may work: it shares its thread with keep-alives and expiries.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    // The ticker's.
    private readonly QueueLimits _limits = context.StoreOptions.QueueLimits;
    private readonly LogGauges _gauges = new(context.Store);
    private readonly HashSet<Session> _blocking = []; // publishers are refused on their account
    private readonly List<SessionLoss> _losses = []; // to be proposed
    private List<Session> _left = []; // for which the last step had no time
    private long _step;
    private long _tooOld; // up to this offset, messages have waited too long; 0: none has

    /// <summary>Looks after sessions, or a part of them; the next step goes on.</summary>
    /// <param name="everything">Whether to look at all sessions, not only at those that publishers wait for or that were left.</param>
    public async ValueTask EnforceAsync(bool everything)
    {
        if (!everything && _blocking.Count == 0 && _left.Count == 0)
        {
            return;
        }

        _step++;
        var budget = new WorkBudget(context.Time, s_patience);
        if (everything)
        {
            _tooOld = await FindTooOldAsync().ConfigureAwait(false);
        }

        List<Session> suspects = everything ? FindSuspects() : [.. _left.Union(_blocking)];
        _left = [];
        if (suspects.Count > 0)
        {
            await MeasureAsync(suspects, everything, budget).ConfigureAwait(false);
        }

        await ProposeAsync().ConfigureAwait(false);
        _gauges.ForgetUnused();
    }

    /// <summary>Up to this offset, messages have waited too long; 0: none has.</summary>
    private async ValueTask<long> FindTooOldAsync()
    {
        if (_limits.MaximumAgeSeconds == 0)
        {
            return 0;
        }

        // First the end of the log: if nothing there is young enough, all of it is too old, but what comes now is not.
        long last = await replicator.ProposeAsync(new ReadLastOffset()).ConfigureAwait(false);
        long? young = last == 0 ? 1 : await context.Store.FindOffsetAsync(context.NowMs - (_limits.MaximumAgeSeconds * 1000L)).ConfigureAwait(false);
        return young - 1 ?? last;
    }

    /// <summary>The sessions that may be beyond a limit, those first that were not looked at for longest.</summary>
    private List<Session> FindSuspects()
    {
        var suspects = new List<Session>();
        foreach (Session session in state.Sessions.All)
        {
            if (session.Backlog is not { } backlog || !IsOurs(session))
            {
                continue;
            }

            NoteOverAge(session);
            QueueUsage bound = backlog.Bound(session, state);
            if (!backlog.IsKnown
                || backlog.Blocks
                || !_limits.Excess(bound).IsNone
                || (_limits.Policy == QueueLimitPolicy.RejectPublisher && _limits.AreReached(bound))
                || (bound.Messages > 0 && backlog.Oldest <= _tooOld))
            {
                suspects.Add(session);
            }
        }

        suspects.Sort((left, right) => left.Backlog!.MeasuredInStep.CompareTo(right.Backlog!.MeasuredInStep));
        return suspects;
    }

    // In a cluster the node that has a session's client looks after it, and the leader after those who are away.
    private bool IsOurs(Session session) =>
        replicator.IsAlone || (session.IsConnected ? session.Node == context.Node : replicator.IsLeader);

    private async ValueTask MeasureAsync(List<Session> suspects, bool everything, WorkBudget budget)
    {
        if (!everything)
        {
            suspects.ForEach(session => session.Backlog!.Bound(session, state));
        }

        long last = await replicator.ProposeAsync(new ReadLastOffset()).ConfigureAwait(false);
        _gauges.Begin(everything);
        foreach (Session session in suspects)
        {
            _gauges.Want(session, session.Queue.Position.Offset);
        }

        bool measuredOne = false;
        foreach (Session session in suspects)
        {
            if (!ReferenceEquals(state.Sessions.Find(session.ClientId), session))
            {
                session.Backlog!.Unblock();
                _blocking.Remove(session);
            }
            else if ((measuredOne && budget.IsSpent) || !await TryHoldToLimitsAsync(session, last, budget).ConfigureAwait(false))
            {
                _left.Add(session);
            }
            else
            {
                measuredOne = true;
            }
        }
    }

    /// <summary>What readers have dropped by themselves is put on the record.</summary>
    private void NoteOverAge(Session session)
    {
        if (_limits.MaximumAgeSeconds > 0 && session.Queue.TakeOverAge() is { } range)
        {
            _losses.Add(new SessionLoss(session.Queue.Owned, DropReason.QueueAge, range, 0) { WhenRead = true });
        }
    }

    private async ValueTask ProposeAsync()
    {
        foreach (SessionLoss[] batch in _losses.Chunk(BatchSize))
        {
            IReadOnlyList<bool> applied = await replicator.ProposeAsync(new DropMessages(batch)).ConfigureAwait(false);
            for (int i = 0; i < batch.Length; i++)
            {
                if (applied[i] && !batch[i].WhenRead)
                {
                    context.Drops.Add(batch[i].Reason, batch[i].Session.ClientId, "", batch[i].Range.Dropped.Messages);
                    batch[i].Session.CountDrops(batch[i].Reason, batch[i].Range.Dropped.Messages);
                }
            }
        }

        _losses.Clear();
    }

    private void Block(Session session, bool blocks)
    {
        bool blocked = session.Backlog!.Blocks;
        if (blocks)
        {
            session.Backlog.Block(session);
            _blocking.Add(session);
        }
        else if (blocked)
        {
            session.Backlog.Unblock();
            _blocking.Remove(session);
            context.QueueRoom.Signal();
        }
    }
}
