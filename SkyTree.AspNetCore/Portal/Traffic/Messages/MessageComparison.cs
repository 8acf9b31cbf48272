using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Two messages side by side.</summary>
/// <param name="Facts">What is said of each, by the name of its text.</param>
/// <param name="Payload">The payloads line by line: JSON with a line for each value, bytes in hexadecimal.</param>
internal sealed record MessageComparison(IReadOnlyList<MessageFact> Facts, IReadOnlyList<LineChange> Payload)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Compares them.</summary>
    public static MessageComparison Of(MessageItem left, MessageItem right)
    {
        PayloadContent a = PayloadContent.Of(left.Payload);
        PayloadContent b = PayloadContent.Of(right.Payload);
        return new MessageComparison(
            [
                Fact("Topic", message => message.Topic),
                Fact("Time", message => Format.Time(message.Time) + " UTC"),
                Fact("Publisher", message => message.PublisherId),
                Fact("QoS", message => ((int)message.QoS).ToString(CultureInfo.InvariantCulture)),
                Fact("Retain", message => message.Retain ? "1" : "0"),
                Fact("Expires", message => message.ExpiresAt is { } at ? Format.Time(at) + " UTC" : ""),
                Fact("Size", message => Format.Bytes(message.PayloadBytes)),
                Fact("ContentType", message => message.Properties?.ContentType ?? ""),
                Fact("ResponseTopic", message => message.Properties?.ResponseTopic ?? ""),
                Fact("CorrelationData", message => message.Properties?.CorrelationData is { } data ? PayloadPreview.Of(data) : ""),
                Fact("UserProperties", message => string.Join('\n', (message.Properties?.UserProperties ?? []).Select(property => $"{property.Name}: {property.Value}"))),
            ],
            a is { Json: not null } && b is { Json: not null } ? LineDifference.Of(Indent(a.Json.Value), Indent(b.Json.Value))
            : a.Text is not null && b.Text is not null ? LineDifference.Of(a.Text, b.Text)
            : LineDifference.Of(a.Hex.TrimEnd('\n'), b.Hex.TrimEnd('\n')));

        MessageFact Fact(string name, Func<MessageItem, string> value) => new(name, value(left), value(right));
    }

    private static string Indent(JsonElement json) => JsonSerializer.Serialize(json, s_indented);
}
