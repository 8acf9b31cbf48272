using System.Collections.Concurrent;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <content>What the leader does for all.</content>
internal sealed partial class ClusterReplicator
{
    private const int EntryBytes = 1024 * 1024;

    private readonly LeaseGrants _grants;
    private readonly SemaphoreSlim _leaderTick = new(0); // released when there is something to append
    private readonly Lock _laneGate = new();
    private readonly Queue<byte[]> _lane = []; // blocks to be appended, while this node leads; guarded by _laneGate
    private readonly ConcurrentDictionary<Guid, string> _strangers = []; // nodes with another store, of which was told
    private long _ledTerm; // 0: this node does not lead; guarded by _laneGate
    private long _appendedAt; // timestamp; the lane's
    private long _tickedAt; // timestamp; the lane's
    private long _entries; // written by the lane
    private long _fullUntil; // timestamp: a node has said that its disk is full; written by frames, read by the lane

    /// <summary>Takes a block for the next entry. One that cannot be taken is sent again.</summary>
    private void TakeBlock(byte[] block)
    {
        lock (_laneGate)
        {
            if (!_log.IsLeader)
            {
                return;
            }

            _lane.Enqueue(block);
        }

        _leaderTick.Release();
    }

    /// <summary>Appends entries while this node leads: one at a time, with what came meanwhile in the next; one at least for each tick.</summary>
    private async Task LeadAsync()
    {
        var entry = new RecordWriter();
        try
        {
            while (true)
            {
                if (!_log.IsLeader)
                {
                    await _leaderTick.WaitAsync(_options.Tick, _stop.Token).ConfigureAwait(false);
                    TickIfDue();
                    continue;
                }

                BeginLeading();
                if (!HasBlocks)
                {
                    await _leaderTick.WaitAsync(_options.Tick, _stop.Token).ConfigureAwait(false);
                }

                while (_leaderTick.Wait(0, CancellationToken.None))
                {
                    // Many may have released it: what is there is appended together.
                }

                if (!HasBlocks && _time.GetElapsedTime(_appendedAt) < _options.Tick)
                {
                    TickIfDue();
                    continue;
                }

                FillEntry(entry);
                long sent = _appendedAt = _time.GetTimestamp();
                bool isApplied = await _log.AppendAsync(entry.Written.ToArray(), _stop.Token).ConfigureAwait(false);
                if (isApplied)
                {
                    _metrics?.Committed(_time.GetElapsedTime(sent));
                    Volatile.Write(ref _entries, _entries + 1);
                    _grants.Renew(sent);
                    _grants.Check();
                }
                else
                {
                    LoseBlocks();
                    await Task.Delay(_options.Retry, _time, _stop.Token).ConfigureAwait(false);
                }

                TickIfDue();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void TickIfDue()
    {
        if (_time.GetElapsedTime(_tickedAt) >= _options.Tick)
        {
            _tickedAt = _time.GetTimestamp();
            OnTick();
        }
    }

    private bool HasBlocks
    {
        get
        {
            lock (_laneGate)
            {
                return _lane.Count > 0;
            }
        }
    }

    private void BeginLeading()
    {
        lock (_laneGate)
        {
            long term = _log.Term;
            if (_ledTerm == term)
            {
                return;
            }

            _ledTerm = term;
            _lane.Clear(); // what came for another term is sent again
        }

        _grants.Begin();
    }

    private void EndLeading()
    {
        lock (_laneGate)
        {
            _ledTerm = 0;
            _lane.Clear();
        }

        _grants.End();
    }

    private void FillEntry(RecordWriter entry)
    {
        bool full = IsFull || Volatile.Read(ref _fullUntil) > _time.GetTimestamp();
        EntryFormat.Begin(entry, _state.Level, s_shard, _time.GetUtcNow().ToUnixTimeMilliseconds(), full);
        lock (_laneGate)
        {
            while (_lane.TryPeek(out byte[]? block) && (entry.Written.Length < 64 || entry.Written.Length + block.Length <= EntryBytes))
            {
                entry.Raw(block);
                _lane.Dequeue();
            }
        }
    }

    /// <summary>What becomes of an entry is not known: whoever proposed sends again what does not come back.</summary>
    private void LoseBlocks()
    {
        lock (_laneGate)
        {
            _lane.Clear();
        }

        foreach ((Guid node, _) in NodesNow())
        {
            if (node != _node)
            {
                TrySend(node, FrameKind.Resend, default);
            }
        }

        SendAgain();
    }

    private IReadOnlyList<(Guid Node, long Incarnation)> NodesNow()
    {
        lock (_applyGate)
        {
            return _state.Nodes;
        }
    }

    private List<Guid> OthersNow() => [.. NodesNow().Select(n => n.Node).Where(n => n != _node)];

    /// <summary>A process wants to propose. One whose messages would be elsewhere must not: it would not see those of the others.</summary>
    private void Register(Guid node, long incarnation, string store, int agreedLevel)
    {
        if (store.Length > 0 && _parts.StoreName.Length > 0 && store != _parts.StoreName)
        {
            if (_strangers.TryAdd(node, store))
            {
                _brokerLog.StoreDiffers(node, store, _parts.StoreName);
            }

            return;
        }

        _agreed[node] = new Agreement(incarnation, agreedLevel);
        _grants.Touch(node);
        TakeBlock(EntryFormat.Own(new NodeUp(node, incarnation)));
    }

    private void FindGoneNodes()
    {
        IReadOnlyList<Guid> silent = _grants.SilentFor(_options.NodeTimeout, OthersNow());
        foreach ((Guid node, long incarnation) in silent.Count == 0 ? [] : NodesNow())
        {
            if (silent.Contains(node))
            {
                TakeBlock(EntryFormat.Own(new NodeDown(node, incarnation)));
            }
        }
    }

    private void OnRenew(Guid from, long incarnation, long applied, long sent, bool full, int agreedLevel)
    {
        if (!_log.IsLeader)
        {
            return;
        }

        if (full)
        {
            Volatile.Write(ref _fullUntil, _time.GetTimestamp() + (2 * _time.TimestampFrequency));
        }

        long? known;
        lock (_applyGate)
        {
            known = _state.IncarnationOf(from);
        }

        if (known != incarnation)
        {
            return; // it sees so itself once it has applied what it lacks
        }

        _agreed[from] = new Agreement(incarnation, agreedLevel);
        TimeSpan granted = _grants.Grant(from, applied);
        if (granted > TimeSpan.Zero)
        {
            TrySend(from, FrameKind.Lease, new RecordWriter().Begin().Number(sent).Number((long)granted.TotalMilliseconds).Written);
        }
    }

    private void OnSettle(Guid from, long id, long index) => Settle(index, () => TrySend(from, FrameKind.Settled, new RecordWriter().Begin().Number(id).Written));

    private void Settle(long index, Action done)
    {
        foreach (Guid node in _grants.Wait(index, OthersNow(), done))
        {
            TrySend(node, FrameKind.Ask, new RecordWriter().Begin().Number(index).Written);
        }
    }
}
