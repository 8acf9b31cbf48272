using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// Stored messages that a session is sent for a subscription it has made: those after its cursor, up to where the
/// subscription begins. Of a durable session it is part of the replicated state. Written when a command is applied.
/// </summary>
internal sealed class Replay
{
    /// <summary>Its number, which no other has while anything refers to it; the order in which a session's are sent.</summary>
    public required long Id { get; init; }

    /// <summary>What its messages are sent for: the subscription as it was when the replay began.</summary>
    public required Subscription Subscription { get; init; }

    /// <summary>The last offset of it: what is later belongs to the subscription itself.</summary>
    public required long End { get; init; }

    /// <summary>Offsets up to this one are acknowledged; others may be, too.</summary>
    public long Cursor { get; set; }

    /// <summary>Offsets above the cursor that were sent at QoS 2 and are not to be read again. Guarded by the session's gate.</summary>
    public HashSet<long>? Handled { get; set; }

    /// <summary>Whether it is for messages of a topic.</summary>
    public bool Matches(string topic) => TopicFilter.Matches(Subscription.Filter.Filter, topic);

    /// <summary>Whether a message that was read is of it.</summary>
    public bool Covers(StoredMessage message) => message.Offset <= End && Subscription.For(message.PublisherId) is not null;
}
