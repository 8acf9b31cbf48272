namespace SkyTree.Core.Protocol;

/// <summary>PINGREQ and PINGRESP (MQTT 5.0, 3.12 and 3.13), which are the same bytes always.</summary>
internal static class PingPacket
{
    /// <summary>The PINGREQ packet.</summary>
    public static ReadOnlySpan<byte> Request => [0xC0, 0x00];

    /// <summary>The PINGRESP packet.</summary>
    public static ReadOnlySpan<byte> Response => [0xD0, 0x00];
}
