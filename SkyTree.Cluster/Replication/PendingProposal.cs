using SkyTree.Core.Replication;

namespace SkyTree.Cluster.Replication;

/// <summary>A command of this node that has not been applied yet.</summary>
internal abstract class PendingProposal(byte[] bytes)
{
    /// <summary>The command as others get it.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Applies it here.</summary>
    /// <returns>Who is told, once that can be told.</returns>
    public abstract Proposal Apply(BrokerState state, long nowMs);

    /// <summary>What becomes of it will not be known.</summary>
    public abstract void Abandon();
}

/// <summary>One with its proposer.</summary>
internal sealed class PendingProposal<TResult>(byte[] bytes, Command<TResult> command, Proposal<TResult> proposal) : PendingProposal(bytes)
{
    public override Proposal Apply(BrokerState state, long nowMs)
    {
        proposal.Result = state.Apply(command, nowMs);
        return proposal;
    }

    public override void Abandon() => proposal.Abandon();
}
