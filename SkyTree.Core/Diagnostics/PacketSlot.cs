using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics;

/// <summary>Where a packet is counted: by its type, and PUBLISH by its QoS.</summary>
internal static class PacketSlot
{
    /// <summary>How many there are.</summary>
    public const int Count = 20;

    /// <summary>PUBLISH at QoS 0; QoS 1 and 2 follow, and then what says QoS 3, which no packet may.</summary>
    public const int Publish = 16;

    /// <summary>The slot of a packet.</summary>
    /// <param name="first">The packet's first byte.</param>
    public static int Of(byte first) => first >> 4 == (int)PacketType.Publish ? Publish + ((first >> 1) & 3) : first >> 4;
}
