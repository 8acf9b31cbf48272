using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>A replicator that a test cuts off from its cluster and lets back.</summary>
internal sealed class CutReplicator(ReplicatorParts parts) : IReplicator
{
    private readonly LocalReplicator _inner = new(parts);

    public bool IsCut { get; set; }

    /// <summary>So many of the next notes of QoS 2 messages to be sent are refused, as by a state in which another node hands them out.</summary>
    public int Refusals { get; set; }

    public bool IsServing => !IsCut;

    public TimeSpan Patience => TimeSpan.FromSeconds(5);

    public bool IsChoked => _inner.IsChoked;

    public bool IsFull => _inner.IsFull;

    public bool IsAlone => _inner.IsAlone;

    public bool IsLeader => _inner.IsLeader;

    public ValueTask SettleAsync() => _inner.SettleAsync();

    public INeighbours? Attach(MessageRouter router) => _inner.Attach(router);

    public ValueTask StartAsync(CancellationToken cancellationToken) => _inner.StartAsync(cancellationToken);

    public void SetFull(bool full) => _inner.SetFull(full);

    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => _inner.WaitForRoomAsync(cancellationToken);

    public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command) => _inner.ProposeAsync(command);

    public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal)
    {
        if (command is SendOutgoing && Refusals > 0)
        {
            Refusals--;
            ThreadPool.QueueUserWorkItem(_ =>
            {
                proposal.Complete(); // its result is false
                FlushList.FlushAll();
            });
        }
        else
        {
            _inner.Propose(command, proposal);
        }
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
