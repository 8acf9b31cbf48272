using System.Runtime.CompilerServices;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics;

/// <summary>What has come and gone since the start. Written by interlocked adds, once for each batch.</summary>
internal sealed class TrafficCounters
{
    private readonly long[] _received = new long[PacketSlot.Count]; // written by interlocked adds, as are the others
    private readonly long[] _sent = new long[PacketSlot.Count];
    private long _bytesReceived;
    private long _publishBytesReceived;
    private long _bytesSent;
    private long _publishBytesSent;

    /// <summary>Packets received.</summary>
    public long PacketsReceived => Sum(_received, 0, PacketSlot.Count);

    /// <summary>PUBLISH packets received.</summary>
    public long PublishesReceived => Sum(_received, PacketSlot.Publish, PacketSlot.Count);

    /// <summary>Bytes received in packets.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Bytes received in PUBLISH packets.</summary>
    public long PublishBytesReceived => Volatile.Read(ref _publishBytesReceived);

    /// <summary>Packets sent.</summary>
    public long PacketsSent => Sum(_sent, 0, PacketSlot.Count);

    /// <summary>PUBLISH packets sent.</summary>
    public long PublishesSent => Sum(_sent, PacketSlot.Publish, PacketSlot.Count);

    /// <summary>Bytes sent in packets.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Bytes sent in PUBLISH packets.</summary>
    public long PublishBytesSent => Volatile.Read(ref _publishBytesSent);

    /// <summary>Packets of a type received.</summary>
    /// <param name="type">The type.</param>
    public long ReceivedOf(PacketType type) => Of(_received, type);

    /// <summary>Packets of a type sent.</summary>
    /// <param name="type">The type.</param>
    public long SentOf(PacketType type) => Of(_sent, type);

    /// <summary>PUBLISH packets of a QoS received.</summary>
    /// <param name="qos">The QoS.</param>
    public long ReceivedAt(QoS qos) => Volatile.Read(ref _received[PacketSlot.Publish + (int)qos]);

    /// <summary>PUBLISH packets of a QoS sent.</summary>
    /// <param name="qos">The QoS.</param>
    public long SentAt(QoS qos) => Volatile.Read(ref _sent[PacketSlot.Publish + (int)qos]);

    /// <summary>A batch was received.</summary>
    /// <param name="counts">Its packets by <see cref="PacketSlot"/>.</param>
    /// <param name="bytes">Bytes of packets.</param>
    /// <param name="publishBytes">Those of PUBLISH.</param>
    internal void Received(ReadOnlySpan<int> counts, long bytes, long publishBytes)
    {
        Add(_received, counts);
        Interlocked.Add(ref _bytesReceived, bytes);
        if (publishBytes > 0)
        {
            Interlocked.Add(ref _publishBytesReceived, publishBytes);
        }
    }

    /// <summary>A batch was sent, and its counts begin anew.</summary>
    internal void Sent(ref SentBatch batch)
    {
        Add(_sent.AsSpan(PacketSlot.Publish), ((ReadOnlySpan<int>)batch.Counts)[..SentBatch.Acknowledgements]);
        Add(_sent.AsSpan((int)PacketType.PubAck), ((ReadOnlySpan<int>)batch.Counts)[SentBatch.Acknowledgements..]);
        Interlocked.Add(ref _bytesSent, batch.Bytes);
        if (batch.PublishBytes > 0)
        {
            Interlocked.Add(ref _publishBytesSent, batch.PublishBytes);
        }

        batch = default;
    }

    /// <summary>One packet of a type that is rare is on its way.</summary>
    internal void SentOne(PacketType type) => Interlocked.Increment(ref _sent[(int)type]);

    private static void Add(Span<long> totals, ReadOnlySpan<int> counts)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] != 0)
            {
                Interlocked.Add(ref totals[i], counts[i]);
            }
        }
    }

    private static long Of(long[] counts, PacketType type) =>
        type == PacketType.Publish ? Sum(counts, PacketSlot.Publish, PacketSlot.Count) : Volatile.Read(ref counts[(int)type]);

    private static long Sum(long[] counts, int from, int to)
    {
        long sum = 0;
        for (int i = from; i < to; i++)
        {
            sum += Volatile.Read(ref counts[i]);
        }

        return sum;
    }
}

/// <summary>What one connection was sent since it was last counted: no larger than it must be, since every connection has one.</summary>
internal struct SentBatch
{
    /// <summary>Where PUBACK to PUBCOMP begin in <see cref="Counts"/>, behind PUBLISH by QoS.</summary>
    public const int Acknowledgements = 3;

    public Slots Counts;
    public long Bytes;
    public long PublishBytes;

    [InlineArray(7)]
    internal struct Slots
    {
        private int _first;
    }
}
