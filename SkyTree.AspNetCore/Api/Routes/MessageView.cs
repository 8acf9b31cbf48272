using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>A message as it is answered.</summary>
internal sealed record MessageView
{
    /// <summary>Its offset in the log; 0: it is not stored there.</summary>
    public long Offset { get; init; }

    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>When it was stored, or published.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>When it expires; absent: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The QoS it was published with.</summary>
    public QoS QoS { get; init; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; init; }

    /// <summary>The publisher's client identifier; empty: the broker.</summary>
    public string PublisherId { get; init; } = "";

    /// <summary>Its MQTT 5.0 properties; absent: none.</summary>
    public MessageProperties? Properties { get; init; }

    /// <summary>The length of the whole payload in bytes.</summary>
    public int PayloadBytes { get; init; }

    /// <summary>Whether only the beginning of the payload is here.</summary>
    public bool PayloadIsCut { get; init; }

    /// <summary>The payload as text, if it is UTF-8 and was asked for so.</summary>
    public string? Payload { get; init; }

    /// <summary>The payload as Base64, if it is not UTF-8 or was asked for so.</summary>
    public string? PayloadBase64 { get; init; }

    public static MessageView Of(MessageItem message, PayloadForm form)
    {
        bool isCut = message.Payload.Length < message.PayloadBytes;
        string? text = form == PayloadForm.Utf8 ? Payloads.Text(message.Payload.Span, isCut) : null;
        return new MessageView
        {
            Offset = message.Offset,
            Topic = message.Topic,
            Time = message.Time,
            ExpiresAt = message.ExpiresAt,
            QoS = message.QoS,
            Retain = message.Retain,
            PublisherId = message.PublisherId,
            Properties = message.Properties,
            PayloadBytes = message.PayloadBytes,
            PayloadIsCut = isCut,
            Payload = text,
            PayloadBase64 = text is null && form != PayloadForm.None ? Convert.ToBase64String(message.Payload.Span) : null,
        };
    }

    public static Page<MessageView> Of(Page<MessageItem> page, PayloadForm form) =>
        new([.. page.Items.Select(item => Of(item, form))], page.Next) { Unavailable = page.Unavailable };
}

/// <summary>A message in flight as it is answered.</summary>
/// <param name="PacketId">The packet identifier.</param>
/// <param name="QoS">The QoS it is sent with.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="Sent">Whether it has been sent at all.</param>
/// <param name="Offset">Its offset in the log; 0: not from the log.</param>
/// <param name="Group">The shared group that it is sent for, or null.</param>
/// <param name="Message">The message; null: it is not kept, as for transient sessions, or the client has it already.</param>
internal sealed record InflightView(int PacketId, QoS QoS, InflightStage Stage, bool Sent, long Offset, string? Group, MessageView? Message)
{
    public static Page<InflightView> Of(Page<InflightMessage> page, PayloadForm form) =>
        new(
            [.. page.Items.Select(item => new InflightView(item.PacketId, item.QoS, item.Stage, item.Sent, item.Offset, item.Group, item.Message is { } message ? MessageView.Of(message, form) : null))],
            page.Next) { Unavailable = page.Unavailable };
}

/// <summary>A waiting message as it is answered.</summary>
/// <param name="Filter">The subscription that it is sent for.</param>
/// <param name="QoS">The QoS it will be sent with.</param>
/// <param name="Message">The message.</param>
internal sealed record QueuedView(string Filter, QoS QoS, MessageView Message)
{
    public static Page<QueuedView> Of(Page<QueuedMessage> page, PayloadForm form) =>
        new([.. page.Items.Select(item => new QueuedView(item.Filter, item.QoS, MessageView.Of(item.Message, form)))], page.Next) { Unavailable = page.Unavailable };
}
