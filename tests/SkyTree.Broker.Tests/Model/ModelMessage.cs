namespace SkyTree.Broker.Tests.Model;

/// <summary>A message that was published, or a Will that may be. Times without unit are the history's own: they count what happens.</summary>
internal sealed class ModelMessage
{
    public const long Never = long.MaxValue;

    /// <summary>No client's number.</summary>
    public const int Nobody = -1;

    public required int Number { get; init; }

    public required int Publisher { get; init; }

    public required int Topic { get; init; }

    public required int QoS { get; init; }

    public bool Retain { get; init; }

    /// <summary>It has no payload: it clears the retained message.</summary>
    public bool Clears { get; init; }

    public bool IsWill { get; init; }

    /// <summary>When it expires, in milliseconds; <see cref="Never"/>: it does not.</summary>
    public long ExpiresAtMs { get; init; } = Never;

    /// <summary>The same for what its publisher sent again with what was left of its life, at least a second.</summary>
    public long MayExpireAtMs { get; set; } = Never;

    /// <summary>From here on the broker may have it.</summary>
    public long Sent { get; set; } = Never;

    /// <summary>From here on the broker answers for it: it was acknowledged, and has been routed.</summary>
    public long Acknowledged { get; set; } = Never;

    /// <summary>From here on a QoS 0 message has been routed, if ever.</summary>
    public long Routed { get; set; } = Never;

    /// <summary>How often it may have been published again: at QoS 1 by its publisher, as a Will by a broker that stopped meanwhile.</summary>
    public int Repeats { get; set; }

    /// <summary>Up to here a Will may have been sent again after a crash; 0: it was not.</summary>
    public long MayReturn { get; set; }

    /// <summary>The last moment at which it may have been routed.</summary>
    public long Latest => Math.Max(Math.Min(Acknowledged, Routed), MayReturn);

    public string Payload => Clears ? "" : $"{Number}";

    public override string ToString() => $"message {Number} ({Names.Clients[Publisher]} to {Names.Topics[Topic]} qos={QoS}{(Retain ? " retain" : "")}{(IsWill ? " will" : "")})";
}
