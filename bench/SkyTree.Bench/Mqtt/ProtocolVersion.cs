namespace SkyTree.Bench.Mqtt;

internal enum ProtocolVersion : byte
{
    V311 = 4,
    V5 = 5,
}
