using System.Buffers;
using BenchmarkDotNet.Attributes;
using SkyTree.Core.Protocol;

namespace SkyTree.Bench.Micro;

/// <summary>Packets to values and back.</summary>
public class CodecBenchmarks
{
    private readonly byte[] _buffer = new byte[4096];
    private readonly byte[] _payload = new byte[64];
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly byte[] _plain;
    private readonly byte[] _withProperties;
    private readonly byte[] _connect;
    private readonly byte[] _subscribe;
    private readonly byte[] _ack = [0x12, 0x34];

    public CodecBenchmarks()
    {
        _plain = _buffer.AsSpan(0, Plain().Write(_buffer)).ToArray();
        _withProperties = _buffer.AsSpan(0, WithProperties().Write(_buffer)).ToArray();
        _connect = Body(new ConnectPacket { ClientId = "device-1234", CleanStart = true, KeepAliveSeconds = 60, UserName = "device", Password = "secret"u8.ToArray() }.Write);
        _subscribe = Body(new SubscribePacket { PacketId = 1, Requests = [new SubscribeRequest("site/1/device/+/status", QoS.AtLeastOnce)] }.Write);
    }

    [Benchmark(Description = "read PUBLISH, 64 B")]
    public int ReadPublish() => Read(_plain);

    [Benchmark(Description = "read PUBLISH, 64 B, four properties")]
    public int ReadPublishWithProperties() => Read(_withProperties);

    [Benchmark(Description = "write PUBLISH, 64 B")]
    public int WritePublish() => Plain().Write(_buffer);

    [Benchmark(Description = "write PUBLISH, 64 B, four properties")]
    public int WritePublishWithProperties() => WithProperties().Write(_buffer);

    [Benchmark(Description = "read PUBACK")]
    public int ReadAck() =>
        PublishAckPacket.TryParse(new FrameHeader(0x40, 2, 2), _ack, ProtocolVersion.V5, out PublishAckPacket ack, out _)
            ? ack.PacketId
            : throw new InvalidOperationException();

    [Benchmark(Description = "read CONNECT, user name and password")]
    public int ReadConnect() =>
        ConnectPacket.TryParse(_connect, out ConnectPacket? packet, out _, out _) ? packet!.KeepAliveSeconds : throw new InvalidOperationException();

    [Benchmark(Description = "read SUBSCRIBE, one filter")]
    public int ReadSubscribe() =>
        SubscribePacket.TryParse(_subscribe, ProtocolVersion.V5, out SubscribePacket? packet, out _) ? packet!.PacketId : throw new InvalidOperationException();

    private static int Read(byte[] frame) =>
        FrameReader.TryReadHeader(frame, ProtocolVersion.V5, out FrameHeader header, out _) == FrameStatus.Done
        && PublishView.TryParse(header.First, frame.AsSpan(header.HeaderLength), ProtocolVersion.V5, out PublishView publish, out _)
            ? publish.Payload.Length
            : throw new InvalidOperationException();

    private OutboundPublish Plain() => new()
    {
        Version = ProtocolVersion.V5,
        QoS = QoS.AtLeastOnce,
        PacketId = 7,
        Topic = "site/1/device/1234/status"u8,
        Payload = _payload,
    };

    // Message Expiry Interval, Content Type, Correlation Data and a User Property.
    private OutboundPublish WithProperties() => new()
    {
        Version = ProtocolVersion.V5,
        QoS = QoS.AtLeastOnce,
        PacketId = 7,
        Topic = "site/1/device/1234/status"u8,
        ForwardedProperties = "\u0003\0\u0010application/json\u0009\0\u00041234\u0026\0\u0004unit\0\u0001C"u8,
        HasMessageExpiry = true,
        MessageExpirySeconds = 60,
        Payload = _payload,
    };

    private byte[] Body(Func<IBufferWriter<byte>, ProtocolVersion, uint, bool> write)
    {
        _output.ResetWrittenCount();
        write(_output, ProtocolVersion.V5, uint.MaxValue);
        FrameReader.TryReadHeader(_output.WrittenSpan, ProtocolVersion.V5, out FrameHeader header, out _);
        return _output.WrittenSpan[header.HeaderLength..].ToArray();
    }
}
