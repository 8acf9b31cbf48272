using SkyTree.Bench.Load;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Durable;

/// <summary>One durable session of a <see cref="StoredSet"/>, driven by a thread that blocks.</summary>
internal sealed class DurableSession : Receiver
{
    private readonly string _filter;

    public DurableSession(BenchOptions options, StoredSet set, int number)
        : base(options, set.ClientId(number))
    {
        _filter = set.Filter(number);
        Order = set.Order(number);
        Durable = true;
    }

    /// <summary>What has come, and whether it came as it should.</summary>
    public StoredOrder Order { get; }

    public void Subscribe(Worker worker) => Exchange(worker, Packets.Subscribe(Options.Version, _filter, Options.Qos));

    public override int Consume(ReadOnlySpan<byte> block, Worker worker)
    {
        FrameReader reader = new(block);
        while (reader.Next())
        {
            switch (reader.First & 0xF0)
            {
                case PacketType.Publish:
                    Order.Take(Stamp.Read(TakePayload(reader.First, reader.Body, worker)));
                    break;
                case PacketType.PubRel:
                    worker.Output.AddAnswer(PacketType.PubComp, reader.Body);
                    break;
                default:
                    ConsumeOther(reader.First, reader.Body);
                    break;
            }
        }

        return reader.Consumed;
    }
}
