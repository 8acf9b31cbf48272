using System.Buffers;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Cluster.Replication;

/// <content>Entries of the log become changes of the state.</content>
internal sealed partial class ClusterReplicator
{
    private readonly Lock _applyGate = new();
    private readonly HashSet<Guid> _proposers = []; // of the entry that is being applied; guarded by _applyGate
    private StateBatch _batch = null!; // guarded by _applyGate
    private StateBatch _localBatch = null!; // guarded by _applyGate
    private readonly List<PendingProposal> _givenUp = []; // guarded by _applyGate
    private long _nowMs; // guarded by _applyGate
    private long _appliedIndex; // written under _applyGate

    /// <summary>The index of the last entry that has been applied.</summary>
    public long AppliedIndex => Math.Max(Volatile.Read(ref _appliedIndex), _state.AppliedIndex);

    /// <summary>Applies an entry. Called in the log's order, by one thread at a time; waits rather than fails.</summary>
    /// <param name="index">Its index; one that has been applied is passed over.</param>
    /// <param name="payload">The entry.</param>
    public void Apply(long index, ReadOnlySequence<byte> payload)
    {
        if (index <= AppliedIndex)
        {
            return;
        }

        var steps = new List<object>();
        var displaced = new List<(Connection Connection, bool NodeIsGone)>();
        var toPump = new HashSet<SharedGroup>();
        bool missing;
        PendingProposal[] givenUp;
        try
        {
            _slots.Wait(_stop.Token); // before the gate, which who completes may need
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_applyGate)
        {
            _batch.Clear();
            _proposers.Clear();
            missing = ApplyBlocks(payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray(), steps, displaced, toPump);
            _state.EndEntry(_batch, index, _proposers);
            WriteUntilDone();
            _parts.Written();
            Volatile.Write(ref _appliedIndex, index);
            _applied.Add(new Completion(steps, TakesSlot: true));

            givenUp = [.. _givenUp];
            _givenUp.Clear();
        }

        Array.ForEach(givenUp, proposal => proposal.Abandon());
        foreach ((Connection connection, bool nodeIsGone) in displaced)
        {
            if (nodeIsGone)
            {
                connection.RequestClose(ReasonCode.UseAnotherServer, "this node was cut off from the cluster");
            }
            else
            {
                connection.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier");
            }
        }

        foreach (SharedGroup group in toPump)
        {
            group.Pump();
        }

        FlushList.FlushAll();
        if (missing)
        {
            SendAgain();
        }

        OnAppliedIndex(index);
    }

    /// <summary>Everything is replaced by a checkpoint of another node, which is far ahead. All clients have to come again.</summary>
    /// <param name="folder">The checkpoint's folder, which the database takes over.</param>
    /// <exception cref="StateDatabaseException">It could not; everything is as it was, or the next attempt mends it.</exception>
    public void Install(string folder)
    {
        IReadOnlyList<Connection> connections;
        List<PendingProposal> passed;
        lock (_applyGate)
        {
            _parts.Replacing();
            try
            {
                _database.Replace(folder);
                _parts.ForgetStored();
                connections = _state.ReloadAsync(_database, _store).AsTask().GetAwaiter().GetResult();
            }
            finally
            {
                _parts.Replaced();
            }

            Volatile.Write(ref _appliedIndex, _state.AppliedIndex);
            bool isKnown = _state.IncarnationOf(_node) == _incarnation;
            Volatile.Write(ref _registered, isKnown);
            passed = isKnown ? _proposals.TakeThrough(_state.LastNumberOf(_node)) : _proposals.Restart();
            if (!isKnown)
            {
                Volatile.Write(ref _incarnation, NewIncarnation());
            }
        }

        passed.ForEach(proposal => proposal.Abandon());
        foreach (Connection connection in connections)
        {
            connection.RequestClose(ReasonCode.UseAnotherServer, "this node was far behind the cluster");
        }

        FlushList.FlushAll();
        SendAgain();
        OnAppliedIndex(AppliedIndex);
    }

    /// <summary>An entry that changes nothing here.</summary>
    public void ApplyEmpty(long index)
    {
        lock (_applyGate)
        {
            _batch.Clear();
            _state.EndEntry(_batch, index, []);
            WriteUntilDone();
            Volatile.Write(ref _appliedIndex, index);
        }

        OnAppliedIndex(index);
    }

    /// <returns>Whether proposals of this node came before their turn.</returns>
    private bool ApplyBlocks(ReadOnlySpan<byte> entry, List<object> steps, List<(Connection Connection, bool NodeIsGone)> displaced, HashSet<SharedGroup> toPump)
    {
        bool missing = false;
        var reader = new RecordReader(entry);
        (long nowMs, bool full) = EntryFormat.ReadHeader(ref reader, s_shard);
        _nowMs = Math.Max(Math.Max(_nowMs, _state.NowMs), nowMs); // time never goes back for the state, whatever the leaders' clocks do
        while (!reader.IsAtEnd)
        {
            BlockHeader block = EntryFormat.ReadBlock(ref reader);
            _proposers.Add(block.Node);
            for (int i = 0; i < block.Count; i++)
            {
                ReadOnlySpan<byte> command = reader.Span();
                long number = block.First + i;
                if (block.Node != Guid.Empty && !_state.TryTake(block.Node, block.Incarnation, number))
                {
                    missing |= block.Node == _node && block.Incarnation == _incarnation && number > _state.LastNumberOf(_node);
                    continue;
                }

                ApplyCommand(command, block, number, full, steps);
                if (_state.Displaced is { } gone)
                {
                    displaced.AddRange(gone.Select(connection => (connection, block.Node == Guid.Empty))); // the leader's own commands are about nodes
                }

                _ = _state.End(_nowMs, out AppendedMessage? appended, out IReadOnlyCollection<SharedGroup>? groups);
                if (appended is not null)
                {
                    steps.Insert(steps.Count - (_completing is null ? 0 : 1), appended); // readers first, as their publisher's acknowledgement says
                }

                toPump.UnionWith(groups ?? []);
            }
        }

        _proposers.Remove(Guid.Empty);
        return missing;
    }

    private Proposal? _completing; // of the command that was just applied; guarded by _applyGate

    private void ApplyCommand(ReadOnlySpan<byte> bytes, BlockHeader block, long number, bool full, List<object> steps)
    {
        _completing = null;
        _state.Begin(_batch, keeps: true, full, block.Node);
        if (block.Node == _node && block.Incarnation == _incarnation)
        {
            _completing = _proposals.Take(number).Apply(_state, _nowMs);
            steps.Add(_completing);
        }
        else
        {
            Command command = CommandFormat.Read(bytes, _state);
            command.Run(_state, _nowMs);
            OnNodeCommand(command);
        }
    }

    /// <summary>What concerns this process alone: between two entries.</summary>
    private void ApplyLocally<TResult>(Command<TResult> command, Proposal<TResult> proposal)
    {
        lock (_applyGate)
        {
            _localBatch.Clear();
            _nowMs = Math.Max(_nowMs, _state.NowMs);
            _state.Begin(_localBatch, keeps: false, IsFull, _node);
            proposal.Result = _state.Apply(command, Math.Max(_nowMs, _time.GetUtcNow().ToUnixTimeMilliseconds()));
            if (command.IsOrdered)
            {
                _applied.Add(new Completion([proposal], TakesSlot: false));
                return;
            }
        }

        proposal.Complete();
    }

    /// <summary>The log has the entry: it must be written here, however long it takes.</summary>
    private void WriteUntilDone()
    {
        for (int attempts = 0; ; attempts++)
        {
            try
            {
                long started = _metrics?.Start() ?? 0;
                _database.Write(_batch, sync: false); // the log has it on disk
                _metrics?.Wrote(started, synced: false);
                if (attempts > 0)
                {
                    _brokerLog.StateWritesAgain(attempts);
                }

                return;
            }
            catch (IOException e)
            {
                if (attempts == 0)
                {
                    _brokerLog.StateWriteFailed(e.Message, e);
                }

                if (_stop.Token.WaitHandle.WaitOne(Math.Min(250, 10 * (attempts + 1))))
                {
                    return;
                }
            }
        }
    }

    /// <param name="Steps">What follows what was applied, in its order.</param>
    /// <param name="TakesSlot">Whether it is an entry's.</param>
    private readonly record struct Completion(List<object> Steps, bool TakesSlot);

    private void CompleteApplied()
    {
        while (_applied.TryTake(out Completion completion))
        {
            CompletionSteps.Take(completion.Steps, _wake, _brokerLog);
            if (completion.TakesSlot)
            {
                _slots.Release();
            }

            if (!IsChoked)
            {
                SignalRoom();
            }
        }
    }
}
