namespace SkyTree.Core.Replication;

/// <summary>
/// A change to replicated state; there is no other way to change it. Holds all that the change depends on, so that
/// applying it in the same order gives the same state everywhere.
/// </summary>
internal abstract record Command
{
    /// <summary>Whether it concerns this process alone: it changes nothing that is kept or that other nodes have.</summary>
    public virtual bool IsLocal => false;

    /// <summary>The shard whose log it belongs in.</summary>
    public virtual ShardId Shard => ShardId.First;

    /// <summary>The format level from which on it may be proposed: releases that read only lower ones do not know it.</summary>
    public virtual int FirstLevel => FormatLevel.Oldest;

    /// <summary>Applies itself where nobody waits for what it answers.</summary>
    /// <param name="state">The state.</param>
    /// <param name="nowMs">The time of the proposal.</param>
    public abstract void Run(BrokerState state, long nowMs);
}

/// <summary>A change to replicated state that answers its proposer.</summary>
/// <typeparam name="TResult">What applying it answers.</typeparam>
internal abstract record Command<TResult> : Command
{
    /// <inheritdoc/>
    public sealed override void Run(BrokerState state, long nowMs) => ApplyTo(state, nowMs);

    /// <summary>Applies itself. Never throws, reads no clock, does no I/O.</summary>
    /// <param name="state">The state.</param>
    /// <param name="nowMs">The time of the proposal in milliseconds since 1970-01-01 UTC; never goes back.</param>
    public abstract TResult ApplyTo(BrokerState state, long nowMs);

    /// <summary>
    /// Itself as it travels at a format level: without what came with a higher one. What is applied by its proposer is the
    /// same, since the level may have risen by then, and the other nodes have only what travelled.
    /// </summary>
    /// <param name="level">The level.</param>
    public virtual Command<TResult> At(int level) => this;

    /// <summary>Whether it completes after all that was proposed before it, though it may need no durability of its own.</summary>
    public virtual bool IsOrdered => false;
}
