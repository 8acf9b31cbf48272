using System.Buffers.Binary;
using SkyTree.Bench.Load;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Durable;

/// <summary>A publisher that is driven by a thread that blocks, one QoS 1 message at a time.</summary>
internal sealed class ResumeClient : Connection
{
    private readonly byte[] _frame;
    private readonly int _packetIdAt;

    public ResumeClient(BenchOptions options, string clientId, string topic)
        : base(options, clientId) => _frame = Packets.Publish(options.Version, topic, qos: 1, options.Size, out _packetIdAt);

    /// <summary>Returns when the message is acknowledged.</summary>
    public void Publish(Worker worker, long sequence)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(_packetIdAt), (ushort)((sequence % ushort.MaxValue) + 1));
        Noise.Fill(_frame.AsSpan(_frame.Length - Options.Size), 0, sequence);
        Exchange(worker, _frame);
    }

    public override int Consume(ReadOnlySpan<byte> block, Worker worker)
    {
        FrameReader reader = new(block);
        while (reader.Next())
        {
            if ((reader.First & 0xF0) != PacketType.PubAck)
            {
                ConsumeOther(reader.First, reader.Body);
            }
            else if (reader.Body.Length > 2 && reader.Body[2] >= 0x80)
            {
                throw new BenchException($"the broker refused a message with 0x{reader.Body[2]:X2}");
            }
            else
            {
                NoteAnswered();
            }
        }

        return reader.Consumed;
    }
}
