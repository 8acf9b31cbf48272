using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <summary>
/// What this node has proposed and the log has not given back yet, numbered in its order. It is sent to whoever leads, again
/// from the first one missing whenever something may have been lost: the log takes each number once, and only in turn.
/// </summary>
internal sealed class ProposalStream
{
    private const int BlockBytes = 256 * 1024;
    private const int BlockCommands = 2_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<PendingProposal> _pending = []; // guarded by _gate
    private readonly RecordWriter _command = new(); // guarded by _gate
    private LinkedListNode<PendingProposal>? _next; // the first that was not sent; guarded by _gate
    private long _first = 1; // the number of the first pending one; guarded by _gate
    private long _nextNumber = 1; // the number of _next; guarded by _gate
    private long _bytes; // guarded by _gate

    /// <summary>Bytes of what is pending.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds a command.</summary>
    public void Add<TResult>(Command<TResult> command, Proposal<TResult> proposal)
    {
        lock (_gate)
        {
            CommandFormat.Write(command, _command.Begin());
            LinkedListNode<PendingProposal> node = _pending.AddLast(new PendingProposal<TResult>(_command.Written.ToArray(), command, proposal));
            _next ??= node;
            Interlocked.Add(ref _bytes, node.Value.Bytes.Length);
        }
    }

    /// <summary>Writes a block of what was not sent yet, and holds it for sent.</summary>
    /// <param name="block">Where it goes.</param>
    /// <param name="node">This node.</param>
    /// <param name="incarnation">This process.</param>
    /// <returns>False: there is nothing to send.</returns>
    public bool TryTakeBlock(RecordWriter block, Guid node, long incarnation)
    {
        lock (_gate)
        {
            if (_next is null)
            {
                return false;
            }

            int count = 0;
            int bytes = 0;
            LinkedListNode<PendingProposal>? end = _next;
            for (; end is not null && count < BlockCommands && (count == 0 || bytes + end.Value.Bytes.Length <= BlockBytes); end = end.Next)
            {
                count++;
                bytes += end.Value.Bytes.Length;
            }

            EntryFormat.BeginBlock(block.Begin(), node, incarnation, _nextNumber, count);
            for (; _next != end; _next = _next!.Next)
            {
                block.Bytes(_next!.Value.Bytes);
            }

            _nextNumber += count;
            return true;
        }
    }

    /// <summary>All that is pending is to be sent again.</summary>
    /// <returns>False: nothing is.</returns>
    public bool Rewind()
    {
        lock (_gate)
        {
            _next = _pending.First;
            _nextNumber = _first;
            return _next is not null;
        }
    }

    /// <summary>Takes out the one that the log gives back; they come in their order.</summary>
    public PendingProposal Take(long number)
    {
        lock (_gate)
        {
            if (number != _first || _pending.First is not { } first)
            {
                throw new InvalidOperationException($"The log gives back proposal {number}, and {_first} is the next of {_pending.Count}.");
            }

            if (_next == first)
            {
                _next = first.Next; // it was sent, and then was to be sent again
                _nextNumber++;
            }

            _pending.RemoveFirst();
            _first++;
            Interlocked.Add(ref _bytes, -first.Value.Bytes.Length);
            return first.Value;
        }
    }

    /// <summary>Takes out those up to a number that the log has applied without giving them back here, in a checkpoint.</summary>
    public List<PendingProposal> TakeThrough(long number)
    {
        lock (_gate)
        {
            List<PendingProposal> passed = [];
            while (_first <= number && _pending.First is { } first)
            {
                passed.Add(first.Value);
                _pending.RemoveFirst();
                _first++;
                Interlocked.Add(ref _bytes, -first.Value.Bytes.Length);
            }

            _next = _pending.First;
            _nextNumber = _first;
            return passed;
        }
    }

    /// <summary>Numbers begin anew: the process proposes under a new incarnation, and what it had proposed before is given up.</summary>
    /// <returns>What was pending: whether any of it was applied is not known.</returns>
    public List<PendingProposal> Restart()
    {
        lock (_gate)
        {
            List<PendingProposal> givenUp = [.. _pending];
            _pending.Clear();
            _next = null;
            _first = _nextNumber = 1;
            Interlocked.Exchange(ref _bytes, 0);
            return givenUp;
        }
    }
}
