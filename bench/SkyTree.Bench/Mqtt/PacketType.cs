namespace SkyTree.Bench.Mqtt;

/// <summary>The upper four bits of a fixed header, in place.</summary>
internal static class PacketType
{
    public const int ConnAck = 0x20;
    public const int Publish = 0x30;
    public const int PubAck = 0x40;
    public const int PubRec = 0x50;
    public const int PubRel = 0x60;
    public const int PubComp = 0x70;
    public const int SubAck = 0x90;
    public const int Disconnect = 0xE0;
}
