using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Replication;

/// <content>The nodes that propose, and how far the log has what they have proposed.</content>
internal sealed partial class BrokerState
{
    /// <summary>Wills that are to be sent and have not been.</summary>
    public IReadOnlyList<DueWill> DueWills => [.. _dueWills.Values];

    /// <summary>The process of a node that proposes now; null: none does.</summary>
    public long? IncarnationOf(Guid node) => _nodes.GetValueOrDefault(node) is { IsUp: true } found ? found.Incarnation : null;

    /// <summary>The nodes that propose now.</summary>
    public IReadOnlyList<(Guid Node, long Incarnation)> Nodes => [.. _nodes.Where(n => n.Value.IsUp).Select(n => (n.Key, n.Value.Incarnation)).OrderBy(n => n.Key)];

    /// <summary>The number of the last of a node's proposals that was applied.</summary>
    public long LastNumberOf(Guid node) => _nodes.GetValueOrDefault(node).LastNumber;

    /// <summary>
    /// Takes a node's next proposal. One that was taken before, that comes before its turn or from a process that is gone, is
    /// passed over: who proposes sends again what is missing, in its order.
    /// </summary>
    /// <returns>Whether it is to be applied.</returns>
    public bool TryTake(Guid node, long incarnation, long number)
    {
        if (_nodes.GetValueOrDefault(node) is not { IsUp: true } record || record.Incarnation != incarnation || number != record.LastNumber + 1)
        {
            return false;
        }

        _nodes[node] = record with { LastNumber = number };
        return true;
    }

    /// <summary>After all commands of a log entry: notes in the same batch that they have been applied.</summary>
    /// <param name="changes">The batch.</param>
    /// <param name="index">The entry's index.</param>
    /// <param name="proposers">The nodes whose proposals it has.</param>
    public void EndEntry(StateBatch changes, long index, IEnumerable<Guid> proposers)
    {
        _changes = changes;
        AppliedIndex = index;

        // What comes next depends on the counters, and what they counted may be gone: a node that goes on from this database
        // must go on from the same ones as the others.
        changes.Put([StateKey.Applied], _value.Begin().Number(index).Number(NowMs).Number(_lastEpoch).Number(_lastWill).Number(_lastReplay).Written);
        foreach (Guid node in proposers)
        {
            if (_nodes.TryGetValue(node, out NodeRecord record))
            {
                SetNode(node, record);
            }
        }
    }

    private void SetNode(Guid node, NodeRecord record)
    {
        _nodes[node] = record;
        _changes.Put(
            _key.Begin().Byte(StateKey.Node).Id(node).Written,
            _value.Begin().Byte(RecordVersion).Number(record.Incarnation).Flag(record.IsUp).Number(record.LastNumber).Written);
    }

    private void LoadApplied(StateDatabase database)
    {
        if (database.Get([StateKey.Applied]) is not { } applied)
        {
            return;
        }

        var record = new RecordReader(applied);
        AppliedIndex = record.Number();
        if (!record.IsAtEnd)
        {
            NowMs = Math.Max(NowMs, record.Number());
            _lastEpoch = Math.Max(_lastEpoch, record.Number());
            _lastWill = record.Number();
            _lastReplay = record.Number();
        }
    }

    private void LoadNode(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        Guid node = key.Id();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        _nodes[node] = new NodeRecord(record.Number(), record.Flag(), record.Number());
    }

    /// <summary>A node, as far as the log knows.</summary>
    /// <param name="Incarnation">The number of its latest process.</param>
    /// <param name="IsUp">Whether that one proposes.</param>
    /// <param name="LastNumber">How many of its proposals have been applied.</param>
    private readonly record struct NodeRecord(long Incarnation, bool IsUp, long LastNumber);
}
