using System.Buffers;

namespace SkyTree.Core.Protocol;

/// <summary>A packet's body, to be written in one of the versions.</summary>
internal interface IPacketBody
{
    void WriteBody(ref PacketWriter writer, ProtocolVersion version);
}

/// <summary>Writes whole packets, and leaves out what may be left out when they are too large.</summary>
internal static class PacketEncoder
{
    public static bool Write<T>(
        in T packet,
        byte first,
        IBufferWriter<byte> output,
        ProtocolVersion version,
        uint maximumPacketSize)
        where T : IPacketBody
    {
        for (Detail detail = Detail.Full; detail <= Detail.WithoutReasonString; detail++)
        {
            var measure = new PacketWriter(detail);
            packet.WriteBody(ref measure, version);
            if (measure.IsImpossible || measure.Length > VariableByteInteger.MaximumValue)
            {
                continue;
            }

            uint bodyLength = (uint)measure.Length;
            int length = 1 + VariableByteInteger.GetLength(bodyLength) + (int)bodyLength;
            if ((uint)length > maximumPacketSize)
            {
                continue;
            }

            var writer = new PacketWriter(output.GetSpan(length)[..length], detail);
            writer.Byte(first);
            writer.Integer(bodyLength);
            packet.WriteBody(ref writer, version);
            output.Advance(length);
            return true;
        }

        return false;
    }
}
