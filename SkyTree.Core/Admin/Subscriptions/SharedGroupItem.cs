namespace SkyTree.Core.Admin.Subscriptions;

/// <summary>A shared group.</summary>
public sealed record SharedGroupItem
{
    /// <summary><c>$share/{group}/{filter}</c>.</summary>
    public required string Filter { get; init; }

    /// <summary>The share name.</summary>
    public required string Group { get; init; }

    /// <summary>What topics are matched against.</summary>
    public required string TopicFilter { get; init; }

    /// <summary>Whether it reads QoS 1 and 2 from the log: it has, or had, a durable member.</summary>
    public bool ReadsLog { get; init; }

    /// <summary>Up to this offset all is acknowledged, as it was noted last.</summary>
    public long Cursor { get; init; }

    /// <summary>The log's last offset less the cursor: at most so many messages wait for it in the log.</summary>
    public long Lag { get; init; }

    /// <summary>The node that hands out what the group reads from the log; empty: the broker is one process.</summary>
    public Guid Dispatcher { get; init; }

    /// <summary>Its members by client identifier.</summary>
    public IReadOnlyList<SharedGroupMember> Members { get; init; } = [];

    /// <summary>The node with the most connected members, where handing out serves most; of equal ones that which does it now, then the lowest.</summary>
    public Guid Busiest => Members.Where(member => member.IsConnected).GroupBy(member => member.Node)
        .OrderByDescending(node => node.Count()).ThenByDescending(node => node.Key == Dispatcher).ThenBy(node => node.Key)
        .Select(node => node.Key).FirstOrDefault(Dispatcher);

    /// <summary>What waits; null: the node that hands out did not answer.</summary>
    public SharedGroupLive? Live { get; init; }
}

/// <summary>A member of a shared group.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="QoS">The granted maximum QoS.</param>
/// <param name="IsConnected">Whether it is connected.</param>
/// <param name="IsDurable">Whether its session is durable.</param>
/// <param name="Node">The node that has the session or had it last.</param>
/// <param name="Inflight">The group's messages that are in flight to it; null: it was not asked for, or its node did not answer.</param>
public sealed record SharedGroupMember(string ClientId, Protocol.QoS QoS, bool IsConnected, bool IsDurable, Guid Node, int? Inflight);

/// <summary>What a shared group has to hand out.</summary>
/// <param name="Waiting">Messages that wait in memory.</param>
/// <param name="Redelivered">Messages that a member has left unacknowledged and that others will get.</param>
/// <param name="Inflight">Messages of the log that members have not acknowledged.</param>
/// <param name="Cursor">Up to this offset all is acknowledged; null: it does not read the log.</param>
public sealed record SharedGroupLive(int Waiting, int Redelivered, int Inflight, long? Cursor);

/// <summary>Which node hands out what a shared group reads from the log.</summary>
/// <param name="From">That did so before.</param>
/// <param name="To">That does now; the same if nothing had to be done.</param>
/// <param name="Members">Its connected members.</param>
public sealed record SharedGroupMove(Guid From, Guid To, int Members);
