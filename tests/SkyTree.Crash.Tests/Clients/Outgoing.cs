using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>A message that its publisher has not finished. The client's gate guards what changes.</summary>
internal sealed class Outgoing(ushort id, string topic, int qos, bool retain, byte[] payload, Action onAcknowledged)
{
    public ushort Id => id;

    public int QoS => qos;

    public string Topic => topic;

    /// <summary>Whether it went out, so that the next time is a repeat.</summary>
    public bool IsSent { get; set; }

    /// <summary>QoS 2: PUBREC has come.</summary>
    public bool IsReleased { get; set; }

    public Action OnAcknowledged => onAcknowledged;

    /// <summary>What is to be sent now.</summary>
    public byte[] Packet(int level) => IsReleased
        ? PacketWriter.Answer(PacketType.PubRel, id)
        : PacketWriter.Publish(level, topic, qos, retain, IsSent, id, payload);
}
