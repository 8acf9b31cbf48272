using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <summary>A client connects: its session is resumed or made, and this connection becomes its owner. Answers null when there are as many sessions as allowed.</summary>
internal sealed record OpenSession(string ClientId, bool CleanStart, bool Durable, uint ExpirySeconds, Will? Will) : Command<SessionOpened?>
{
    public override ShardId Shard => ShardId.OfClient(ClientId);

    /// <summary>As many sessions as its proposer allows.</summary>
    public int MaximumSessions { get; init; } = int.MaxValue;

    public override SessionOpened? ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>What opening a session came to.</summary>
/// <param name="Session">The session.</param>
/// <param name="Present">Whether it was there before.</param>
/// <param name="Epoch">The connection's epoch; lower ones are fenced.</param>
/// <param name="Ended">The connection of a session that was ended for this one, or null.</param>
/// <param name="Will">A Will that is to be sent now, or null.</param>
/// <param name="MustSettle">Whether another node, where the client was connected, may not know yet that it is here.</param>
internal sealed record SessionOpened(Session Session, bool Present, long Epoch, Connection? Ended, DueWill? Will, bool MustSettle = false)
{
    /// <summary>Its queue at that moment. The session may have moved on before the connection asks for it, and has another one then.</summary>
    public SessionQueue Queue { get; } = Session.Queue;
}

/// <summary>A connection is gone.</summary>
/// <param name="Session">Its session.</param>
/// <param name="Epoch">Its epoch; if a later one has the session, nothing changes.</param>
/// <param name="ExpirySeconds">A new Session Expiry Interval from DISCONNECT, or null.</param>
/// <param name="DiscardWill">The client disconnected normally.</param>
internal sealed record CloseSession(Session Session, long Epoch, uint? ExpirySeconds, bool DiscardWill) : Command<SessionClosed>
{
    public override ShardId Shard => ShardId.OfClient(Session.ClientId);

    /// <summary>Why it ended, in words; null: not told.</summary>
    public string? Reason { get; init; }

    public override Command<SessionClosed> At(int level) => level < FormatLevel.Disconnections && Reason is not null ? this with { Reason = null } : this;

    public override SessionClosed ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>A session's end or its Will's delay may be due.</summary>
internal sealed record ExpireSession(string ClientId) : Command<SessionClosed>
{
    public override ShardId Shard => ShardId.OfClient(ClientId);

    public override SessionClosed ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>What closing or expiring a session came to.</summary>
/// <param name="Will">A Will that is to be sent now, or null.</param>
/// <param name="Expired">Whether the session ended because its time had come.</param>
internal readonly record struct SessionClosed(DueWill? Will, bool Expired = false);

/// <summary>A Will that is to be sent now. It is kept until a <see cref="PublishMessage"/> has sent it, so that it is sent once though the process ends meanwhile.</summary>
/// <param name="Id">Its number.</param>
/// <param name="ClientId">Whose it is.</param>
/// <param name="Will">The Will.</param>
internal sealed record DueWill(long Id, string ClientId, Will Will);

/// <summary>The broker has started: sessions that were connected when the process before it ended are not, and what was to be sent then is sent now.</summary>
internal sealed record Recover : Command<IReadOnlyList<DueWill>>
{
    public override IReadOnlyList<DueWill> ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>Takes out the client identifiers for which something may be due.</summary>
internal sealed record TakeDue(int Limit) : Command<IReadOnlyList<string>>
{
    public override bool IsLocal => true;

    public override IReadOnlyList<string> ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>A node begins to propose: sessions that were connected to the process before it on that node are not any more.</summary>
/// <param name="Node">The node.</param>
/// <param name="Incarnation">The process's number; later ones are higher.</param>
internal sealed record NodeUp(Guid Node, long Incarnation) : Command<bool>
{
    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>A node is taken to be gone: its sessions are not connected any more, and what it proposes late changes nothing.</summary>
/// <param name="Node">The node.</param>
/// <param name="Incarnation">The process's number.</param>
internal sealed record NodeDown(Guid Node, long Incarnation) : Command<bool>
{
    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>
/// From here on higher formats are written. Proposed once all who are to read them can; a lower level than the state's, or
/// the same, changes nothing.
/// </summary>
/// <param name="Level">The level (<see cref="FormatLevel"/>).</param>
internal sealed record RaiseLevel(int Level) : Command<bool>
{
    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>The Wills that are to be sent and have not been, whoever was to send them.</summary>
internal sealed record ListDueWills : Command<IReadOnlyList<DueWill>>
{
    public override bool IsLocal => true;

    public override IReadOnlyList<DueWill> ApplyTo(BrokerState state, long nowMs) => state.DueWills;
}

/// <summary>The broker stops: takes out the Wills that this causes to be sent.</summary>
/// <param name="Everything">Whether nothing outlives the process, so that Wills which wait for their delay are due now, too.</param>
internal sealed record TakeAllWills(bool Everything) : Command<IReadOnlyList<DueWill>>
{
    public override IReadOnlyList<DueWill> ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>Removes retained messages that have expired, a bounded number of them: those first that expired first.</summary>
internal sealed record RemoveExpiredRetained(int Limit) : Command<bool>
{
    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>Subscriptions of one SUBSCRIBE, checked and permitted; answers a reason code for each, or null if its connection no longer owns the session. Their retained messages are handed to the session.</summary>
internal sealed record Subscribe(Session Session, long Epoch, uint Identifier, IReadOnlyList<SubscriptionRequest> Requests) : Command<IReadOnlyList<ReasonCode>?>
{
    public override ShardId Shard => ShardId.OfClient(Session.ClientId);

    /// <summary>As many subscriptions as its proposer allows a session.</summary>
    public int MaximumSubscriptions { get; init; } = int.MaxValue;

    /// <summary>So many retained messages may wait for a session before it is refused more.</summary>
    public int MaximumRetained { get; init; } = int.MaxValue;

    /// <summary>Retained messages that wait for the session already.</summary>
    public int RetainedWaiting { get; init; }

    public override IReadOnlyList<ReasonCode>? ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>One of them.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="QoS">The maximum QoS.</param>
/// <param name="NoLocal">No Local.</param>
/// <param name="RetainAsPublished">Retain As Published.</param>
/// <param name="RetainHandling">Retain Handling.</param>
/// <param name="From">Stored messages from this offset on are sent first; null: none are. Not for shared filters.</param>
/// <param name="Properties">What is told of each stored message.</param>
internal readonly record struct SubscriptionRequest(
    TopicFilter Filter,
    QoS QoS,
    bool NoLocal,
    bool RetainAsPublished,
    RetainHandling RetainHandling,
    long? From = null,
    StoredProperties Properties = StoredProperties.None);

/// <summary>Filters of one UNSUBSCRIBE; answers which existed, or null if its connection no longer owns the session.</summary>
internal sealed record Unsubscribe(Session Session, long Epoch, IReadOnlyList<string> Filters) : Command<IReadOnlyList<bool>?>
{
    public override ShardId Shard => ShardId.OfClient(Session.ClientId);

    public override IReadOnlyList<bool>? ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>A publish that changes the state.</summary>
/// <param name="Message">The message; its offset is assigned when it is appended.</param>
/// <param name="KeepRetained">Whether its RETAIN flag sets or clears the topic's retained message.</param>
/// <param name="ReceivedBy">For QoS 2: the durable session that received it, which notes the packet identifier with it.</param>
/// <param name="Epoch">The epoch of the receiving connection: what it has received is void once a later one has the client identifier; 0: no client's.</param>
/// <param name="PacketId">The packet identifier.</param>
/// <param name="Durability">How safe it must be before it is acknowledged.</param>
/// <param name="Ordered">Whether publishes of the same connection that are still on their way must be done first.</param>
internal sealed record PublishMessage(
    StoredMessage Message,
    bool KeepRetained,
    Session? ReceivedBy = null,
    long Epoch = 0,
    ushort PacketId = 0,
    Durability Durability = Durability.QuorumFsync,
    bool Ordered = false) : Command<PublishApplied>
{
    public override ShardId Shard => ShardId.Of(Message.Topic);

    public override bool IsOrdered => Ordered;

    /// <summary>What the broker says of itself is each node's own.</summary>
    public override bool IsLocal => Message.PublisherId.Length == 0 && Message.Topic.StartsWith("$SYS/", StringComparison.Ordinal);

    /// <summary>The Will that this sends, if nobody has sent it yet; 0: it is none.</summary>
    public long WillId { get; init; }

    /// <summary>Whether a rule has it stored though nobody reads it.</summary>
    public bool IsStored { get; init; }

    /// <summary>As many retained messages as its proposer allows.</summary>
    public int MaximumRetained { get; init; } = int.MaxValue;

    /// <summary>Whether a durable session that would get it is full, and its publisher can be told so: then it is not stored.</summary>
    public bool IsRefused { get; init; }

    public override PublishApplied ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>What it came to.</summary>
/// <param name="Status">Whether it was applied.</param>
/// <param name="Route">Who was subscribed at that moment; null unless it was applied.</param>
/// <param name="Stored">The message as it was appended, or null.</param>
internal readonly record struct PublishApplied(PublishStatus Status, Route? Route, StoredMessage? Stored = null);

/// <summary>Whether a publish was applied.</summary>
internal enum PublishStatus
{
    /// <summary>It was.</summary>
    Applied,

    /// <summary>It is a repeat of one that was: nothing changed.</summary>
    Repeated,

    /// <summary>Its connection no longer owns the session.</summary>
    Fenced,

    /// <summary>There are as many retained messages as allowed.</summary>
    RetainedQuotaExceeded,

    /// <summary>It would have to be stored, and nothing more can be for now.</summary>
    StoreFull,

    /// <summary>A durable session that would get it is full.</summary>
    QueueFull,
}

/// <summary>Waits its turn and says how far the log is: every message up to there has been announced to its readers.</summary>
internal sealed record ReadLastOffset : Command<long>
{
    public override bool IsLocal => true;

    public override bool IsOrdered => true;

    public override long ApplyTo(BrokerState state, long nowMs) => state.LastOffset;
}

/// <summary>The external store of a cluster has every message up to an offset.</summary>
internal sealed record NoteStored(long UpTo) : Command<bool>
{
    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>PUBREL of a durable session.</summary>
internal sealed record ReleaseReceived(Session Session, long Epoch, ushort PacketId) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Session.ClientId);

    public override bool IsOrdered => true;

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>QoS 2 messages are about to be sent to a durable session; false, and nothing noted, if it has ended or has another owner, or if another node hands out what one of them is of.</summary>
internal sealed record SendOutgoing(OwnedSession Of, IReadOnlyList<OutgoingMessage> Messages) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Of.Session.ClientId);

    public override bool IsOrdered => true;

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>PUBREC of a durable session: the message is not sent again.</summary>
internal sealed record ReleaseOutgoing(OwnedSession Of, ushort PacketId) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Of.Session.ClientId);

    public override bool IsOrdered => true;

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>PUBCOMP of a durable session, or what ends the message otherwise.</summary>
internal sealed record CompleteOutgoing(OwnedSession Of, ushort PacketId, long Offset) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Of.Session.ClientId);

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>A durable session has acknowledged the retained messages of all its subscriptions.</summary>
internal sealed record RetainedDelivered(OwnedSession Of) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Of.Session.ClientId);

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>How far replays of a session have come.</summary>
internal sealed record AdvanceReplays(OwnedSession Of, IReadOnlyList<ReplayProgress> Replays) : Command<bool>
{
    public override ShardId Shard => ShardId.OfClient(Of.Session.ClientId);

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>How far sessions and shared groups have read and acknowledged.</summary>
internal sealed record AdvanceCursors(IReadOnlyList<(OwnedSession Of, long Cursor)> Cursors) : Command<bool>
{
    public IReadOnlyList<(SharedGroup Group, long Cursor)> Groups { get; init; } = [];

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}
