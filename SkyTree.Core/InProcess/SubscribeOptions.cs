using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>What a client in this process subscribes to, and how.</summary>
public sealed record SubscribeOptions
{
    /// <summary>
    /// The topic filters, at least one: also shared ones, <c>$share/{group}/{filter}</c>, and replays of what is stored,
    /// <c>$replay/{from}/{filter}</c>.
    /// </summary>
    public required IReadOnlyList<string> Filters { get; init; }

    /// <summary>The maximum QoS.</summary>
    public QoS QoS { get; init; } = QoS.AtLeastOnce;

    /// <summary>The maximum QoS of the filters that have another one than <see cref="QoS"/>; null: none has.</summary>
    public IReadOnlyDictionary<string, QoS>? QoSByFilter { get; init; }

    /// <summary>
    /// The client identifier of the session; null: one is made up. Another client of this identifier, in this process or elsewhere,
    /// takes the session over.
    /// </summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// Seconds that the session outlives the subscription, up to <see cref="uint.MaxValue"/>: for ever. 0: it ends with it. A session that
    /// lives needs a <see cref="ClientId"/>; who subscribes anew under it goes on after the last message that was acknowledged.
    /// </summary>
    public uint SessionExpirySeconds { get; init; }

    /// <summary>Whether an earlier session of this client identifier is forgotten.</summary>
    public bool CleanStart { get; init; }

    /// <summary>Whether messages that were published in the name of <see cref="ClientId"/> do not come (MQTT 5.0, 3.8.3.1).</summary>
    public bool NoLocal { get; init; }

    /// <summary>When retained messages come.</summary>
    public RetainHandling RetainHandling { get; init; } = RetainHandling.Send;

    /// <summary>Whether a message keeps its RETAIN flag.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>User Properties of the SUBSCRIBE: <c>skytree-properties</c> asks for offsets and times of stored messages.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Messages at QoS 1 and 2 that are on their way before the first of them is acknowledged, 1 to 65,535.</summary>
    public ushort Window { get; init; } = 256;
}
