namespace SkyTree.Cluster.Raft;

/// <summary>What the replicated log drives: the same entries in the same order on every node, each exactly once.</summary>
/// <remarks>
/// Its members are called by one thread at a time, but not always the same one. What <see cref="Apply"/> writes need not be
/// synced, since the log has it: after a loss of power the state may come back as of an earlier entry, as long as it is whole,
/// says so in <see cref="AppliedIndex"/>, and is not older than its last checkpoint.
/// </remarks>
internal interface IReplicatedState
{
    /// <summary>The index of the last entry whose effects are in the database; 0 if there was none. Asked once the state is open.</summary>
    long AppliedIndex { get; }

    /// <summary>Applies an entry, and its index in the same batch. Never throws: an exception ends the log of this node for good.</summary>
    /// <param name="entry">The entry, above all that were applied. Between two indexes there may be a gap: entries of the library's own.</param>
    void Apply(in ReplicatedEntry entry);

    /// <summary>An entry that changes nothing here (the cluster's membership, its foundation): only the index moves on.</summary>
    /// <param name="index">The index, above all that were applied.</param>
    /// <param name="term">The entry's term.</param>
    void ApplyEmpty(long index, long term);

    /// <summary>Writes an openable copy as of the last applied entry. What it holds is then durable here, too.</summary>
    /// <param name="folder">A folder that does not exist yet; its files lie in it directly, without folders beneath it.</param>
    void CreateCheckpoint(string folder);

    /// <summary>Replaces everything by a checkpoint: whole or, after a crash, not at all. <see cref="AppliedIndex"/> is then that of the checkpoint.</summary>
    /// <param name="folder">The checkpoint's folder, which is the state's from now on.</param>
    /// <param name="index">The index of the last entry in it.</param>
    /// <param name="term">That entry's term.</param>
    void Install(string folder, long index, long term);
}
