using SkyTree.Core.Diagnostics;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>Sessions are over their limits: they do not get some messages. Answers which of the sessions were still there.</summary>
internal sealed record DropMessages(IReadOnlyList<SessionLoss> Losses) : Command<IReadOnlyList<bool>>
{
    public override IReadOnlyList<bool> ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>What one session loses.</summary>
/// <param name="Of">The session. Its reader does not go there any more.</param>
/// <param name="Reason">Why.</param>
/// <param name="Range">From where to where, and how much.</param>
/// <param name="Cursor">Up to here the session needs nothing of the log.</param>
internal readonly record struct SessionLoss(OwnedSession Of, DropReason Reason, DroppedRange Range, long Cursor)
{
    public Session Session => Of.Session;

    /// <summary>Whether they were dropped as they were read: this is for the record, and what lies between them was sent.</summary>
    public bool WhenRead { get; init; }
}
