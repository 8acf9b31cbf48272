using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Diagnostics;

/// <summary>
/// Counts sessions and what waits for them, when asked. All sessions are looked at, so the answer is kept for a while: fifty
/// times as long as counting took, and at least <see cref="Freshness"/>; it never costs more than a fiftieth of a core.
/// </summary>
/// <param name="state">The sessions.</param>
/// <param name="node">This node.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionCensus(BrokerState state, Guid node, TimeProvider time)
{
    /// <summary>How old the answer may be in any case.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private SessionTotals _totals; // guarded by _gate, as are the next two
    private long? _countedAt;
    private TimeSpan _cost;

    /// <summary>What was counted last, or now.</summary>
    public SessionTotals Now
    {
        get
        {
            lock (_gate)
            {
                long now = time.GetTimestamp();
                TimeSpan patience = _cost * 50 > Freshness ? _cost * 50 : Freshness;
                if (_countedAt is not { } at || time.GetElapsedTime(at, now) >= patience)
                {
                    _totals = Count();
                    _countedAt = time.GetTimestamp();
                    _cost = time.GetElapsedTime(now, _countedAt.Value);
                }

                return _totals;
            }
        }
    }

    private SessionTotals Count()
    {
        var totals = default(SessionTotals);
        long last = state.LastOffset;
        foreach (Session session in state.Sessions.All)
        {
            bool isConnected = session.IsConnected;
            totals.Connected += isConnected ? 1 : 0;
            totals.Disconnected += isConnected ? 0 : 1;
            SessionQueue queue = session.Queue;
            if (session.Node == node)
            {
                QueueDepth depth = queue.Depth;
                totals.InFlight += depth.InFlight;
                totals.Waiting += depth.Waiting;
                totals.WaitingBytes += depth.WaitingBytes;
            }

            if (session.IsDurable)
            {
                ref long lag = ref isConnected ? ref totals.LagOfConnected : ref totals.LagOfDisconnected;
                long behind = last - Math.Max(session.Cursor, session.Node == node ? queue.Cursor(announced: 0) : 0);
                if (behind > lag && Array.Exists(session.AllSubscriptions, subscription => subscription.ReadsLog))
                {
                    lag = behind;
                }
            }
        }

        foreach (SharedGroup group in state.Index.Groups)
        {
            if (group.Cursor(announced: 0) is { } cursor)
            {
                totals.LagOfGroups = Math.Max(totals.LagOfGroups, last - cursor);
            }
        }

        return totals;
    }
}

/// <summary>Sessions, and what waits for them.</summary>
internal struct SessionTotals
{
    public long Connected;
    public long Disconnected;
    public long InFlight;
    public long Waiting;
    public long WaitingBytes;
    public long LagOfConnected;
    public long LagOfDisconnected;
    public long LagOfGroups;
}
