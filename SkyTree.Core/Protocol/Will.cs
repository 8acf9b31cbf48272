namespace SkyTree.Core.Protocol;

/// <summary>The Will Message of a CONNECT (MQTT 5.0, 3.1.3.2-4).</summary>
public sealed record Will
{
    /// <summary>The Will Topic; a legal topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>The Will Payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The Will QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>The Will Retain flag.</summary>
    public bool Retain { get; init; }

    /// <summary>Will Delay Interval in seconds; 0 when absent.</summary>
    public uint DelaySeconds { get; init; }

    /// <summary>Message Expiry Interval in seconds; null when absent: the message never expires.</summary>
    public uint? MessageExpirySeconds { get; init; }

    /// <summary>
    /// The properties that are forwarded to subscribers unaltered (Payload Format Indicator, Content Type, Response
    /// Topic, Correlation Data, User Properties), encoded and in the order in which they came.
    /// </summary>
    public ReadOnlyMemory<byte> ForwardedProperties { get; init; }
}
