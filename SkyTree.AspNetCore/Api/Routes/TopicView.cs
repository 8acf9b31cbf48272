using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>A topic, or a level of topics, as it is answered.</summary>
internal sealed record TopicView
{
    /// <summary>The whole topic up to this level.</summary>
    public required string Topic { get; init; }

    /// <summary>The level's own name.</summary>
    public required string Level { get; init; }

    /// <summary>Levels right below it.</summary>
    public int ChildCount { get; init; }

    /// <summary>Whether messages to exactly this topic were seen.</summary>
    public bool CarriesMessages { get; init; }

    /// <summary>Messages to exactly this topic.</summary>
    public long Messages { get; init; }

    /// <summary>Messages to this topic and all below it.</summary>
    public long MessagesBelow { get; init; }

    /// <summary>The bytes of their payloads.</summary>
    public long BytesBelow { get; init; }

    /// <summary>Messages per second to this topic and all below it, over about the last 10 seconds.</summary>
    public double Rate { get; init; }

    /// <summary>Messages per minute to this topic and all below it, over about the last minute.</summary>
    public double RatePerMinute { get; init; }

    /// <summary>When the last of them was seen, to a second.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>The beginning of a recent payload to exactly this topic as text, if it is UTF-8.</summary>
    public string? LastValue { get; init; }

    /// <summary>The same as Base64, if it is not UTF-8 or was asked for so.</summary>
    public string? LastValueBase64 { get; init; }

    /// <summary>The whole payload's length.</summary>
    public int LastValueBytes { get; init; }

    /// <summary>When that payload came.</summary>
    public DateTimeOffset? LastValueAt { get; init; }

    /// <summary>Whether the topic has a retained message.</summary>
    public bool IsRetained { get; init; }

    /// <summary>Subscriptions that a message to the topic would be sent for.</summary>
    public int Subscribers { get; init; }

    public static TopicView Of(TopicItem item, PayloadForm form)
    {
        string? text = form == PayloadForm.Utf8 && item.LastValue is { } value ? Payloads.Text(value.Span, value.Length < item.LastValueBytes) : null;
        return new TopicView
        {
            Topic = item.Topic,
            Level = item.Level,
            ChildCount = item.ChildCount,
            CarriesMessages = item.CarriesMessages,
            Messages = item.Messages,
            MessagesBelow = item.MessagesBelow,
            BytesBelow = item.BytesBelow,
            Rate = item.Rate,
            RatePerMinute = item.RatePerMinute,
            LastAt = item.LastAt,
            LastValue = text,
            LastValueBase64 = text is null && form != PayloadForm.None && item.LastValue is { } bytes ? Convert.ToBase64String(bytes.Span) : null,
            LastValueBytes = item.LastValueBytes,
            LastValueAt = item.LastValueAt,
            IsRetained = item.IsRetained,
            Subscribers = item.Subscribers,
        };
    }
}
