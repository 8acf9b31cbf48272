namespace SkyTree.Cluster.Administration;

/// <summary>What nodes ask each other for people's sake. Numbers are for ever: nodes of other versions know them.</summary>
internal static class RequestKind
{
    /// <summary>How are you? Answered by a <see cref="NodeReport"/>.</summary>
    public const byte Report = 1;

    /// <summary>To the leader: add a node. The body is its address; answered by a <see cref="LeaderAnswer"/>.</summary>
    public const byte Add = 2;

    /// <summary>To the leader: remove a node. The body is its address; answered by a <see cref="LeaderAnswer"/>.</summary>
    public const byte Remove = 3;

    /// <summary>To the leader: let another lead than the node with the identity in the body, or than whoever leads if it is empty. Answered by a <see cref="LeaderAnswer"/>.</summary>
    public const byte Resign = 4;

    /// <summary>Is the node at this address a member? Answered by a <see cref="LeaderAnswer"/>, a refusal meaning no.</summary>
    public const byte IsMember = 5;

    /// <summary>What does only this node know? The question and its answer are the broker's own.</summary>
    public const byte Query = 6;

    /// <summary>Send your clients to other nodes. The body is a number in text, so many each second; answered by a <see cref="LeaderAnswer"/> as soon as it has begun.</summary>
    public const byte Drain = 7;

    /// <summary>Clients are welcome again. Answered by a <see cref="LeaderAnswer"/>.</summary>
    public const byte EndDrain = 8;
}
