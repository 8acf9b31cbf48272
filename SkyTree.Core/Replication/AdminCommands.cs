using SkyTree.Core.Connections;

namespace SkyTree.Core.Replication;

/// <summary>People end a session, connected or not. Answers null if there is none.</summary>
internal sealed record EndSession(string ClientId) : Command<SessionEnded?>
{
    public override SessionEnded? ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>What ending a session came to.</summary>
/// <param name="Connection">Its connection on this node, or null.</param>
/// <param name="Will">A Will that is to be sent now, or null.</param>
internal sealed record SessionEnded(Connection? Connection, DueWill? Will);

/// <summary>People put a durable session's cursor elsewhere, while nobody is connected.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="Offset">Up to this offset everything counts as acknowledged from now on.</param>
internal sealed record MoveCursor(string ClientId, long Offset) : Command<MoveCursorResult>
{
    public override MoveCursorResult ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}

/// <summary>What moving a cursor came to.</summary>
internal enum MoveCursorResult
{
    /// <summary>It is moved.</summary>
    Moved,

    /// <summary>There is no such session.</summary>
    NotFound,

    /// <summary>It does not read the log.</summary>
    NotDurable,

    /// <summary>A client is connected.</summary>
    Connected,
}

/// <summary>People remove retained messages. Subscribers are told nothing. Answers how many there were.</summary>
internal sealed record ClearRetained(IReadOnlyList<string> Topics) : Command<int>
{
    public override int ApplyTo(BrokerState state, long nowMs) => state.Apply(this);
}
