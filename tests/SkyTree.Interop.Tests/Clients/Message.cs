using System.Text;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>A message as a client published or received it.</summary>
internal sealed record Message(string Topic, byte[] Payload, int QoS = 0, bool Retain = false, MessageProperties? Properties = null)
{
    public Message(string topic, string payload, int qos = 0, bool retain = false, MessageProperties? properties = null)
        : this(topic, Encoding.UTF8.GetBytes(payload), qos, retain, properties)
    {
    }

    /// <summary>What tests compare: one readable line.</summary>
    public override string ToString() =>
        $"{Topic} q{QoS}{(Retain ? " retained" : "")} {(Payload.Length <= 100 ? Encoding.UTF8.GetString(Payload) : $"{Payload.Length} bytes, {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Payload))}")}{(Properties is null ? "" : $" {Properties}")}";
}
