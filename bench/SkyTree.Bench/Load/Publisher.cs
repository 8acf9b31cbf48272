using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Load;

/// <summary>Sends numbered messages on one topic, as many at once as its window allows.</summary>
internal sealed class Publisher : Connection
{
    private readonly int _number;
    private readonly string _topic;
    private readonly byte[] _frame;
    private readonly int _packetIdAt;
    private readonly int _stampAt;
    private readonly TopicCycle? _topics;
    private readonly int _topicEnd;
    private int _window;
    private int _quota;
    private int _readersAtLeast;
    private long _delivered;

    /// <param name="options">The command line.</param>
    /// <param name="clientId">The client's identifier.</param>
    /// <param name="number">Its place among the publishers.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="readers">
    /// How many subscribers tell of what they get; with none, messages are for a store: what is acknowledged counts as
    /// delivered, and payloads are noise.
    /// </param>
    /// <param name="topics">Puts the number of each message's topic at the end of its name; null: it has one only.</param>
    public Publisher(BenchOptions options, string clientId, int number, string topic, int readers, TopicCycle? topics = null)
        : base(options, clientId)
    {
        _number = number;
        _topic = topic;
        _frame = Packets.Publish(options.Version, topic, options.Qos, options.Size, out _packetIdAt);
        _stampAt = _frame.Length - options.Size;
        _topics = topics;
        _topicEnd = _packetIdAt;
        _readersAtLeast = readers;
        Positions = new long[readers];
    }

    public int Number => _number;

    public string Topic => _topic;

    /// <summary>Per subscriber: the number of the message that it should see next. Written by the subscribers, on this worker.</summary>
    public long[] Positions { get; }

    public long Sent { get; private set; }

    /// <summary>The lowest of <see cref="Positions"/>.</summary>
    public long Delivered => Positions.Length == 0 ? Acknowledged : _delivered;

    /// <summary>Messages whose QoS exchange is complete.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Messages that the broker refused.</summary>
    public long Refused { get; private set; }

    /// <summary>How many messages may have been sent by now: those that are due in an open loop, all there are to send in a closed one.</summary>
    public long Due { get; set; } = long.MaxValue;

    public bool Settled => Delivered >= Sent && (Options.Qos == 0 || Acknowledged >= Sent);

    public override void Open(Worker worker, IPEndPoint endPoint, IPAddress? source)
    {
        base.Open(worker, endPoint, source);
        _window = Options.Window ?? (Options.Rate is null ? 64 : int.MaxValue);
        _quota = Options.Qos == 0 ? int.MaxValue : ReceiveMaximum;
    }

    public override int Consume(ReadOnlySpan<byte> block, Worker worker)
    {
        FrameReader reader = new(block);
        while (reader.Next())
        {
            switch (reader.First & 0xF0)
            {
                case PacketType.PubAck:
                case PacketType.PubComp:
                    Complete(reader.Body, worker);
                    break;
                case PacketType.PubRec:
                    if (IsRefusal(reader.Body))
                    {
                        Complete(reader.Body, worker);
                    }
                    else
                    {
                        worker.Output.AddAnswer(PacketType.PubRel | 0x02, reader.Body);
                    }

                    break;
                default:
                    ConsumeOther(reader.First, reader.Body);
                    break;
            }
        }

        return reader.Consumed;
    }

    /// <summary>One subscriber that was among the slowest has moved on: the window moves when the last of them has.</summary>
    public void OnSlowestAdvanced(Worker worker)
    {
        if (--_readersAtLeast > 0)
        {
            return;
        }

        long least = long.MaxValue;
        foreach (long position in Positions)
        {
            if (position < least)
            {
                least = position;
                _readersAtLeast = 1;
            }
            else if (position == least)
            {
                _readersAtLeast++;
            }
        }

        _delivered = least;
        worker.Refill(this);
    }

    /// <summary>Adds what the window and, in an open loop, the clock allow to the output; returns false when that is nothing.</summary>
    public bool Compose(Worker worker)
    {
        long credit = Math.Min(_window - (Sent - Delivered), Due - Sent);
        if (Options.Qos > 0)
        {
            long unacknowledged = Sent - Acknowledged;
            credit = Math.Min(credit, Math.Min(_window, _quota) - unacknowledged);
        }

        int count = (int)Math.Min(credit, worker.Output.Room / _frame.Length);
        if (count <= 0)
        {
            return false;
        }

        Span<byte> target = worker.Output.Take(count * _frame.Length);
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            ComposeOne(target[..], worker, now);
            target = target[_frame.Length..];

            // In a closed loop one stamp per batch tells enough; 0 means none.
            now = 0;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ComposeOne(Span<byte> target, Worker worker, long now)
    {
        _frame.CopyTo(target);
        long sequence = Sent++;
        _topics?.Write(target[.._topicEnd], _number, sequence);
        if (Options.Qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target[_packetIdAt..], (ushort)(sequence % ushort.MaxValue + 1));
        }

        Stamp stamp = new(worker.Pacer is null ? now : worker.Pacer.DueAt(_number, sequence), _number, sequence);
        Unsafe.WriteUnaligned(ref target[_stampAt], stamp);
        if (Positions.Length == 0)
        {
            Noise.Fill(target.Slice(_stampAt + Stamp.Size, Options.Size - Stamp.Size), _number, sequence);
        }
    }

    private void Complete(ReadOnlySpan<byte> body, Worker worker)
    {
        if (worker is { Measuring: true, Pacer: { } pacer })
        {
            // Acknowledgements come in the messages' order.
            worker.Acknowledgements.Record(Stopwatch.GetTimestamp() - pacer.DueAt(_number, Acknowledged));
        }

        Acknowledged++;
        if (IsRefusal(body))
        {
            Refused++;
        }
    }

    private static bool IsRefusal(ReadOnlySpan<byte> body) => body.Length > 2 && body[2] >= 0x80;
}
