namespace SkyTree.Cluster.Raft;

/// <summary>Why the replicated log could not do what it was asked.</summary>
internal enum RaftError
{
    /// <summary>There is no leader, or it cannot be reached. Ask again.</summary>
    NoLeader,

    /// <summary>Only the leader does that, and this node does not lead, or ceased to while it did it.</summary>
    NotLeader,

    /// <summary>The cluster's members do not allow it.</summary>
    Membership,

    /// <summary>What is in the folder does not fit the options or the state.</summary>
    Folder,

    /// <summary>The log of this node has failed. It serves no more until the process is started again.</summary>
    Failed,
}

/// <summary>The replicated log could not do what it was asked. The message says why and what can be done.</summary>
internal sealed class RaftException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="error">What kind of failure.</param>
    /// <param name="message">Why, and what can be done.</param>
    /// <param name="innerException">The cause.</param>
    public RaftException(RaftError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>What kind of failure.</summary>
    public RaftError Error { get; }
}
