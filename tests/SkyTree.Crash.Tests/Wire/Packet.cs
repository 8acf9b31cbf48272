namespace SkyTree.Crash.Tests.Wire;

/// <summary>What the broker sent, as far as a client must know it.</summary>
internal sealed record Packet(PacketType Type)
{
    /// <summary>The packet identifier; 0 where there is none.</summary>
    public ushort Id { get; init; }

    /// <summary>PUBLISH.</summary>
    public int QoS { get; init; }

    /// <summary>PUBLISH.</summary>
    public bool Duplicate { get; init; }

    /// <summary>PUBLISH.</summary>
    public bool Retain { get; init; }

    /// <summary>CONNACK.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>The reason code, or 3.1.1's return code; 0 where the packet has none.</summary>
    public byte Reason { get; init; }

    /// <summary>CONNACK and DISCONNECT of 5.0: where to connect instead; null if it does not say.</summary>
    public string? ServerReference { get; init; }

    /// <summary>SUBACK: one for each filter.</summary>
    public byte[] Granted { get; init; } = [];

    /// <summary>PUBLISH.</summary>
    public string Topic { get; init; } = "";

    /// <summary>PUBLISH.</summary>
    public byte[] Payload { get; init; } = [];
}
