namespace SkyTree.Cluster.Replication;

/// <summary>What nodes send each other. Numbers are for ever: nodes of other versions know them.</summary>
internal static class FrameKind
{
    /// <summary>To the leader: a block of proposals.</summary>
    public const byte Propose = 1;

    /// <summary>From the leader: proposals were lost, those that have not been applied are to be sent again.</summary>
    public const byte Resend = 2;

    /// <summary>To the leader: asks for a lease, and says how far this node is.</summary>
    public const byte Renew = 3;

    /// <summary>From the leader: a lease.</summary>
    public const byte Lease = 4;

    /// <summary>From the leader: asks to be told when an index has been applied.</summary>
    public const byte Ask = 5;

    /// <summary>To the leader: asks to be told when every node that serves has applied an index.</summary>
    public const byte Settle = 6;

    /// <summary>From the leader: they have.</summary>
    public const byte Settled = 7;

    /// <summary>To the leader: a process begins and wants to propose.</summary>
    public const byte Register = 8;

    /// <summary>A publish for clients of the node it is sent to, from memory.</summary>
    public const byte Publish = 9;

    /// <summary>The same for one member of a shared group.</summary>
    public const byte PublishShared = 10;

    /// <summary>Beside another: the body begins with the number of the shard whose log it is about. Without, that is the first.</summary>
    public const byte OfShard = 0x80;
}
