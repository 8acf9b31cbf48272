using System.Buffers.Binary;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Load;

/// <summary>A client that is sent messages.</summary>
internal abstract class Receiver(BenchOptions options, string clientId) : Connection(options, clientId)
{
    /// <summary>Acknowledges a PUBLISH as its QoS demands and returns its payload.</summary>
    protected ReadOnlySpan<byte> TakePayload(int first, ReadOnlySpan<byte> body, Worker worker)
    {
        int at = 2 + BinaryPrimitives.ReadUInt16BigEndian(body);
        int qos = (first >> 1) & 3;
        if (qos > 0)
        {
            worker.Output.AddAnswer(qos == 1 ? PacketType.PubAck : PacketType.PubRec, body[at..]);
            at += 2;
        }

        if (Options.Version == ProtocolVersion.V5)
        {
            at += FrameReader.PropertiesSize(body[at..]);
        }

        return body.Length - at == Options.Size && qos == Options.Qos
            ? body[at..]
            : throw new BenchException($"{ClientId} got a message that nobody sent: QoS {qos}, {body.Length - at} bytes");
    }
}
