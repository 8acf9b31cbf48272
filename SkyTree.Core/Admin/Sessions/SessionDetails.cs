using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Sessions;

/// <summary>A session with all that is known of it.</summary>
public sealed record SessionDetails : SessionItem
{
    /// <summary>Rises with each connection that gets it.</summary>
    public long Epoch { get; init; }

    /// <summary>The Will that is kept for it, without its payload; null: none.</summary>
    public SessionWill? Will { get; init; }

    /// <summary>Its subscriptions by filter, the first 1,000 of them; the list of subscriptions has them all.</summary>
    public IReadOnlyList<SubscriptionItem> Subscriptions { get; init; } = [];

    /// <summary>Messages that it was refused for its limits, or that were too old, latest last.</summary>
    public IReadOnlyList<SessionLossItem> Losses { get; init; } = [];

    /// <summary>Replays that are under way.</summary>
    public IReadOnlyList<SessionReplay> Replays { get; init; } = [];

    /// <summary>Nodes that did not answer: what only they know is missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}

/// <summary>A Will without its payload.</summary>
/// <param name="Topic">The Will Topic.</param>
/// <param name="QoS">The Will QoS.</param>
/// <param name="Retain">The Will Retain flag.</param>
/// <param name="DelaySeconds">Will Delay Interval in seconds.</param>
/// <param name="PayloadBytes">The length of the payload.</param>
/// <param name="DueAt">When it is sent; null: that is not decided.</param>
public sealed record SessionWill(string Topic, QoS QoS, bool Retain, uint DelaySeconds, int PayloadBytes, DateTimeOffset? DueAt);

/// <summary>Stored messages that a session did not get for its limits.</summary>
/// <param name="Reason">Why.</param>
/// <param name="From">They come after this offset.</param>
/// <param name="To">The last is at or below this offset.</param>
/// <param name="Messages">How many.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="At">When the last was dropped.</param>
public sealed record SessionLossItem(Diagnostics.DropReason Reason, long From, long To, long Messages, long Bytes, DateTimeOffset At);

/// <summary>A replay that is under way.</summary>
/// <param name="Filter">The subscription's filter.</param>
/// <param name="Cursor">Up to this offset it is acknowledged.</param>
/// <param name="End">It ends with this offset.</param>
public sealed record SessionReplay(string Filter, long Cursor, long End);
