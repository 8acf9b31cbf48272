using System.Collections.Concurrent;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <content>This node's place in the cluster: its registration, its lease, and what it waits for the others to have.</content>
internal sealed partial class ClusterReplicator
{
    private readonly ConcurrentDictionary<long, Settlement> _settlements = [];
    private long _lastSettlement; // interlocked
    private long _leaseUntil; // timestamp; written by the leader's frames
    private long _askedIndex; // the leader wants to know when it has been applied; interlocked
    private long _resendAt; // timestamp; the tick's
    private long _resendBelow; // the first number that was pending then; the tick's

    /// <inheritdoc/>
    public bool IsServing => IsRegistered && Math.Max(Volatile.Read(ref _leaseUntil), OwnLease) > _time.GetTimestamp();

    /// <inheritdoc/>
    public TimeSpan Patience => _options.NodeTimeout; // then the others hold its clients for gone

    /// <summary>Whether the log takes what this process proposes.</summary>
    private bool IsRegistered => Volatile.Read(ref _registered);

    private bool _registered; // written when an entry is applied

    private long OwnLease => _grants.Own - ToTicks(_options.Margin);

    /// <inheritdoc/>
    public ValueTask SettleAsync()
    {
        long id = Interlocked.Increment(ref _lastSettlement);
        var settlement = new Settlement(AppliedIndex);
        _settlements[id] = settlement;
        AskToSettle(id, settlement.Index);
        return new ValueTask(settlement.Done.Task);
    }

    private void AskToSettle(long id, long index)
    {
        if (_log.IsLeader)
        {
            Settle(index, () => OnSettled(id));
        }
        else if (_log.Leader is { } leader)
        {
            TrySend(leader, FrameKind.Settle, new RecordWriter().Begin().Number(id).Number(index).Written);
        }
    }

    private void OnSettled(long id)
    {
        if (_settlements.TryRemove(id, out Settlement? settlement))
        {
            settlement.Done.TrySetResult();
        }
    }

    private void OnTick()
    {
        long now = _time.GetTimestamp();
        if (_log.Leader is { } leader)
        {
            if (!IsRegistered)
            {
                AskToRegister(leader);
            }
            else if (leader != _node)
            {
                SendRenewal(leader);
            }
            else
            {
                _grants.Check();
                FindGoneNodes();
                RaiseLevelIfAllAgree();
            }
        }

        foreach ((long id, Settlement settlement) in _settlements)
        {
            // The leader may be another one by now.
            if (_time.GetElapsedTime(settlement.AskedAt, now) > _options.Tick)
            {
                settlement.AskedAt = now;
                AskToSettle(id, settlement.Index);
            }
        }

        ResendWhatIsLate(now);
    }

    private void ResendWhatIsLate(long now)
    {
        long first;
        lock (_applyGate)
        {
            first = _state.LastNumberOf(_node);
        }

        if (_proposals.Bytes == 0 || first != _resendBelow)
        {
            _resendBelow = first;
            _resendAt = now + ToTicks(_options.Resend);
        }
        else if (now >= _resendAt)
        {
            _resendAt = now + ToTicks(_options.Resend);
            SendAgain();
        }
    }

    private void AskToRegister(Guid leader)
    {
        if (leader == _node)
        {
            Register(_node, Volatile.Read(ref _incarnation), _parts.StoreName, _parts.AgreedLevel);
        }
        else
        {
            TrySend(
                leader,
                FrameKind.Register,
                new RecordWriter().Begin().Number(Volatile.Read(ref _incarnation)).Text(_parts.StoreName).Byte((byte)_parts.AgreedLevel).Written);
        }
    }

    private void SendRenewal(Guid leader) =>
        TrySend(
            leader,
            FrameKind.Renew,
            new RecordWriter().Begin().Number(Volatile.Read(ref _incarnation)).Number(AppliedIndex).Number(_time.GetTimestamp()).Flag(IsFull).Byte((byte)_parts.AgreedLevel).Written);

    private void OnLease(Guid from, long sent, long milliseconds)
    {
        if (_log.Leader == from)
        {
            long until = sent + ToTicks(TimeSpan.FromMilliseconds(milliseconds) - _options.Margin);
            Volatile.Write(ref _leaseUntil, Math.Max(Volatile.Read(ref _leaseUntil), until));
        }
    }

    private void OnAsk(long index)
    {
        Interlocked.Exchange(ref _askedIndex, index);
        if (AppliedIndex >= index)
        {
            OnAppliedIndex(AppliedIndex);
        }
    }

    private void OnAppliedIndex(long index)
    {
        long asked = Volatile.Read(ref _askedIndex);
        if (asked > 0 && index >= asked && _log.Leader is { } leader && leader != _node)
        {
            Interlocked.CompareExchange(ref _askedIndex, 0, asked);
            SendRenewal(leader);
        }
    }

    /// <summary>A command about nodes has been applied.</summary>
    private void OnNodeCommand(Command command)
    {
        switch (command)
        {
            case NodeUp up when up.Node == _node && up.Incarnation == _incarnation:
                Volatile.Write(ref _registered, true);
                _toSend.Release();
                break;

            case NodeDown down when down.Node == _node && down.Incarnation == _incarnation:
                // The others hold this node for gone: what it has proposed since is void, and its clients have to come again.
                Volatile.Write(ref _registered, false);
                Volatile.Write(ref _leaseUntil, 0);
                Volatile.Write(ref _incarnation, NewIncarnation());
                _givenUp.AddRange(_proposals.Restart());
                break;

            case RaiseLevel raise when raise.Level == _state.Level && _toldLevel < raise.Level:
                _toldLevel = raise.Level;
                _brokerLog.LevelRaised(raise.Level);
                break;
        }
    }

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Somebody who waits until all have applied an index.</summary>
    private sealed class Settlement(long index)
    {
        public long Index { get; } = index;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long AskedAt { get; set; }
    }
}
