using System.Globalization;
using MQTTnet;
using MQTTnet.Packets;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A message as a client got it.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its text.</param>
/// <param name="Retain">Whether it came as a retained message.</param>
/// <param name="Offset">Its offset, where the client asked for it and it was stored; else 0.</param>
/// <param name="Time">When it was stored, in the same cases; else null.</param>
internal sealed record Delivery(string Topic, string Payload, bool Retain, long Offset, string? Time)
{
    public static Delivery Of(MqttApplicationMessage message) => new(
        message.Topic,
        message.ConvertPayloadToString() ?? "",
        message.Retain,
        long.Parse(Find(message, "skytree-offset") ?? "0", CultureInfo.InvariantCulture),
        Find(message, "skytree-time"));

    private static string? Find(MqttApplicationMessage message, string name) =>
        message.UserProperties?.Find(property => property.Name == name)?.ReadValueAsString();
}
