using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Messages;

/// <summary>A message: stored, retained, in flight or waiting.</summary>
public sealed record MessageItem
{
    /// <summary>Its offset in the log; 0: it is not stored there.</summary>
    public long Offset { get; init; }

    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>When it was stored, or published.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>When it expires; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The QoS it was published with.</summary>
    public QoS QoS { get; init; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; init; }

    /// <summary>The client identifier of the publisher; empty: the broker, or people through it.</summary>
    public string PublisherId { get; init; } = "";

    /// <summary>Its properties; null: none.</summary>
    public MessageProperties? Properties { get; init; }

    /// <summary>The payload, or its beginning if it is longer than was asked for.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The length of the whole payload.</summary>
    public int PayloadBytes { get; init; }

    /// <summary>A message as people see it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="payloadLimit">So many bytes of the payload at most.</param>
    internal static MessageItem Of(StoredMessage message, int payloadLimit = int.MaxValue) => new()
    {
        Offset = message.Offset,
        Topic = message.Topic,
        Time = AdminTime.From(message.TimestampMs)!.Value,
        ExpiresAt = AdminTime.From(message.ExpiresAtMs),
        QoS = (QoS)message.QoS,
        Retain = message.Retain,
        PublisherId = message.PublisherId,
        Properties = MessageProperties.Read(message.Properties.Span),
        Payload = message.Payload.Length <= payloadLimit ? message.Payload : message.Payload[..payloadLimit],
        PayloadBytes = message.Payload.Length,
    };
}
