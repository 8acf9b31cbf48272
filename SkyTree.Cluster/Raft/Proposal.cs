namespace SkyTree.Cluster.Raft;

/// <summary>One call of <see cref="RaftNode.ReplicateAsync"/>, on its way through the log of this node.</summary>
/// <remarks>
/// The library keeps contexts by index alone, and hands that of an entry which was overwritten to the one that took its
/// place. An index and a term name one entry, so the term tells them apart.
/// </remarks>
internal sealed class Proposal(long term, object? context)
{
    private long _index; // written once by the thread that applies
    private volatile bool _appending;

    public long Term { get; } = term;

    public object? Context { get; } = context;

    /// <summary>Whether it may be in the log.</summary>
    public bool IsAppending => _appending;

    /// <summary>The index at which it was applied, or 0.</summary>
    public long AppliedIndex => Volatile.Read(ref _index);

    public void Appending() => _appending = true;

    public void Applied(long index) => Volatile.Write(ref _index, index);
}
