namespace SkyTree.Core.Diagnostics;

/// <summary>What has come and gone since the start. Written by interlocked adds, once for each batch.</summary>
public sealed class TrafficCounters
{
    private long _packetsReceived;
    private long _publishesReceived;
    private long _bytesReceived;
    private long _packetsSent;
    private long _publishesSent;
    private long _bytesSent;

    /// <summary>Packets received.</summary>
    public long PacketsReceived => Volatile.Read(ref _packetsReceived);

    /// <summary>PUBLISH packets received.</summary>
    public long PublishesReceived => Volatile.Read(ref _publishesReceived);

    /// <summary>Bytes received in packets.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Packets sent.</summary>
    public long PacketsSent => Volatile.Read(ref _packetsSent);

    /// <summary>PUBLISH packets sent.</summary>
    public long PublishesSent => Volatile.Read(ref _publishesSent);

    /// <summary>Bytes sent in packets.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    internal void Received(int packets, int publishes, long bytes)
    {
        Interlocked.Add(ref _packetsReceived, packets);
        Interlocked.Add(ref _publishesReceived, publishes);
        Interlocked.Add(ref _bytesReceived, bytes);
    }

    internal void Sent(long packets, long publishes, long bytes)
    {
        Interlocked.Add(ref _packetsSent, packets);
        Interlocked.Add(ref _publishesSent, publishes);
        Interlocked.Add(ref _bytesSent, bytes);
    }
}
