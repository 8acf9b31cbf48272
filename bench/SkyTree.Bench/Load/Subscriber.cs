using System.Diagnostics;
using System.Net;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Load;

/// <summary>Takes messages, acknowledges them, and checks that none is missing, repeated or out of order.</summary>
internal sealed class Subscriber(BenchOptions options, string clientId, string filter, int slot, Publisher[] publishers)
    : Receiver(options, clientId)
{
    private readonly int _firstPublisher = publishers.Length > 0 ? publishers[0].Number : 0;

    /// <summary>Numbers that were jumped over and have not come since.</summary>
    public long Lost { get; private set; }

    /// <summary>Messages that came after one with a higher number.</summary>
    public long Reordered { get; private set; }

    public long Duplicates { get; private set; }

    public override void Open(Worker worker, IPEndPoint endPoint, IPAddress? source)
    {
        base.Open(worker, endPoint, source);
        Exchange(worker, Packets.Subscribe(Options.Version, filter, Options.Qos));
    }

    public override int Consume(ReadOnlySpan<byte> block, Worker worker)
    {
        FrameReader reader = new(block);
        long now = 0;
        int count = 0;
        while (reader.Next())
        {
            switch (reader.First & 0xF0)
            {
                case PacketType.Publish:
                    count++;
                    Stamp stamp = Stamp.Read(TakePayload(reader.First, reader.Body, worker));
                    Advance(stamp, worker);
                    if (stamp.SentAt != 0 && worker.Measuring)
                    {
                        now = now != 0 ? now : Stopwatch.GetTimestamp();
                        worker.Latencies.Record(now - stamp.SentAt);
                    }

                    break;
                case PacketType.PubRel:
                    worker.Output.AddAnswer(PacketType.PubComp, reader.Body);
                    break;
                default:
                    ConsumeOther(reader.First, reader.Body);
                    break;
            }
        }

        worker.Deliveries += count;
        return reader.Consumed;
    }

    private void Advance(Stamp stamp, Worker worker)
    {
        Publisher publisher = publishers[stamp.Publisher - _firstPublisher];
        ref long position = ref publisher.Positions[slot];
        bool wasSlowest = position == publisher.Delivered;
        if (stamp.Sequence != position)
        {
            if (stamp.Sequence < position)
            {
                CountRepeated();
                return;
            }

            Lost += stamp.Sequence - position;
        }

        position = stamp.Sequence + 1;
        if (wasSlowest)
        {
            worker.NoteAdvanced(publisher);
        }
    }

    private void CountRepeated()
    {
        if (Lost > 0)
        {
            Lost--;
            Reordered++;
        }
        else
        {
            Duplicates++;
        }
    }
}
