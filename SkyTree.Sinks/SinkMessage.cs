using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Sinks;

/// <summary>A message on its way to another system. Immutable.</summary>
public sealed class SinkMessage
{
    internal const int IdBytes = 16;

    /// <summary>What a sink asks the broker to add to stored messages.</summary>
    internal static readonly UserProperty Wish = new("skytree-properties", "offset,time");

    private readonly Lazy<string> _id;

    /// <summary>Creates a message.</summary>
    public SinkMessage() => _id = new Lazy<string>(MakeId);

    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS at which it came: the lower of the message's and the sink's.</summary>
    public QoS QoS { get; init; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; init; }

    /// <summary>Its offset in the broker's log; null: it was not stored there, as at QoS 0.</summary>
    public long? Offset { get; init; }

    /// <summary>When it was stored there, to the millisecond; null: it was not.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>Seconds until it expires; null: never.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>Whether the publisher says that the payload is UTF-8; null: it says nothing.</summary>
    public bool? PayloadIsUtf8 { get; init; }

    /// <summary>Content Type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Response Topic.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>Correlation Data.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>The publisher's User Properties, in their order.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>
    /// Names the message: 32 hexadecimal digits, the same however often it comes, if it has an <see cref="Offset"/>; else made up, and the same
    /// only while its batch is tried again.
    /// </summary>
    public string Id => _id.Value;

    /// <summary>The payload as a text; null: it is not UTF-8.</summary>
    public string? Text => System.Text.Unicode.Utf8.IsValid(Payload.Span) ? Encoding.UTF8.GetString(Payload.Span) : null;

    /// <summary>What the broker has sent, to be acknowledged; null: this was made by somebody else.</summary>
    internal ReceivedMessage? Received { get; private init; }

    internal static SinkMessage Of(ReceivedMessage message)
    {
        IReadOnlyList<UserProperty> properties = message.UserProperties;
        long offset = 0;
        DateTimeOffset time = default;

        // The broker adds its own at the end. At QoS 0 nothing is stored, so there they are somebody else's.
        bool isStored = message.QoS != QoS.AtMostOnce
            && properties is [.., { Name: "skytree-offset" } first, { Name: "skytree-time" } second]
            && long.TryParse(first.Value, NumberStyles.None, CultureInfo.InvariantCulture, out offset)
            && DateTimeOffset.TryParse(second.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
        return new SinkMessage
        {
            Topic = message.Topic,
            Payload = message.Payload,
            QoS = message.QoS,
            Retain = message.Retain,
            Offset = isStored ? offset : null,
            StoredAt = isStored ? time : null,
            ExpirySeconds = message.MessageExpirySeconds,
            PayloadIsUtf8 = message.PayloadIsUtf8,
            ContentType = message.ContentType,
            ResponseTopic = message.ResponseTopic,
            CorrelationData = message.CorrelationData,
            UserProperties = isStored ? [.. properties.Take(properties.Count - 2)] : properties,
            Received = message,
        };
    }

    private string MakeId()
    {
        if (Offset is not { } offset)
        {
            return Guid.CreateVersion7().ToString("N");
        }

        // Offsets begin anew with a new data folder; the time and the content tell such messages apart.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(offset));
        hash.AppendData(BitConverter.GetBytes(StoredAt?.ToUnixTimeMilliseconds() ?? 0));
        hash.AppendData(Encoding.UTF8.GetBytes(Topic));
        hash.AppendData([0]);
        hash.AppendData(Payload.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, IdBytes));
    }
}
