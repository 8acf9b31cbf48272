using System.Threading.Tasks.Sources;

namespace SkyTree.Core.Replication;

/// <summary>Somebody who waits for a command. Told once, in the log's order.</summary>
internal abstract class Proposal
{
    /// <summary>The command has been applied and is as safe as it must be. Called without locks; must not block. The caller flushes.</summary>
    public abstract void Complete();

    /// <summary>Whether the command has been or will be applied is not known, and nobody will be told. Called without locks; must not block.</summary>
    public virtual void Abandon()
    {
    }
}

/// <summary>Somebody who waits for a command and what applying it answers.</summary>
/// <typeparam name="TResult">What applying the command answers.</typeparam>
internal abstract class Proposal<TResult> : Proposal
{
    /// <summary>What applying answered. Set before <see cref="Proposal.Complete"/>.</summary>
    public TResult Result { get; set; } = default!;
}

/// <summary>One that is awaited.</summary>
/// <typeparam name="TResult">What applying the command answers.</typeparam>
internal sealed class AwaitedProposal<TResult> : Proposal<TResult>, IValueTaskSource<TResult>
{
    // Whoever waits goes on elsewhere: what it does next is not the log's to wait for.
    private ManualResetValueTaskSourceCore<TResult> _core = new() { RunContinuationsAsynchronously = true };

    public ValueTask<TResult> Task => new(this, _core.Version);

    public override void Complete() => _core.SetResult(Result);

    public override void Abandon() => _core.SetException(new ProposalAbandonedException());

    TResult IValueTaskSource<TResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<TResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>What became of a command is not known: this process is cut off from those that decide.</summary>
internal sealed class ProposalAbandonedException() : IOException("The cluster has gone on without this node.");

/// <summary>Nobody waits.</summary>
/// <typeparam name="TResult">What applying the command answers.</typeparam>
internal sealed class Ignored<TResult> : Proposal<TResult>
{
    public override void Complete()
    {
    }
}
