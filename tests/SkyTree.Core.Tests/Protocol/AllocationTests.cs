using System.Buffers;
using SkyTree.Core.Protocol;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>The path of messages allocates nothing.</summary>
public sealed class AllocationTests
{
    private readonly byte[] _buffer = new byte[1024];

    [Fact]
    public void Reading_a_publish_with_properties_allocates_nothing()
    {
        byte[] frame = RawPacket.Body.Text("sensors/kitchen/temperature").UInt16(7)
            .Properties(RawPacket.Block.Property(0x02, 0, 0, 1, 0).Byte(0x26).Text("key").Text("värde").Property(0x23, 0, 1))
            .Raw(new byte[64]).Frame(0x32);
        AssertNothingAllocated(() =>
        {
            FrameReader.TryReadHeader(frame, ProtocolVersion.V5, out FrameHeader header, out _);
            bool isLegal = PublishView.TryParse(header.First, frame.AsSpan(header.HeaderLength), ProtocolVersion.V5, out PublishView publish, out _);
            return isLegal && publish.CopyForwardedProperties(_buffer) > 0;
        });
    }

    [Fact]
    public void Refusing_a_publish_allocates_nothing()
    {
        byte[] body = RawPacket.Body.Text("a/#").NoProperties().ToArray();
        AssertNothingAllocated(() => !PublishView.TryParse(0x30, body, ProtocolVersion.V5, out _, out DecodeError error) && error.Reason.Length > 0);
    }

    [Fact]
    public void Writing_a_publish_allocates_nothing()
    {
        byte[] payload = new byte[64];
        uint[] identifiers = [1, 300];
        AssertNothingAllocated(() =>
        {
            var outbound = new OutboundPublish
            {
                Version = ProtocolVersion.V5,
                QoS = QoS.AtLeastOnce,
                PacketId = 1,
                Topic = "sensors/kitchen"u8,
                ForwardedProperties = [0x01, 0x01],
                HasMessageExpiry = true,
                SubscriptionIdentifiers = identifiers,
                Payload = payload,
            };
            return outbound.Write(_buffer) == outbound.GetLength();
        });
    }

    [Fact]
    public void Reading_and_writing_acknowledgements_allocates_nothing()
    {
        var output = new FixedBufferWriter(_buffer);
        byte[] body = [0x12, 0x34];
        var header = new FrameHeader(0x40, 2, 2);
        AssertNothingAllocated(() =>
            PublishAckPacket.TryParse(header, body, ProtocolVersion.V5, out PublishAckPacket ack, out _)
            && ack.Write(output, ProtocolVersion.V5)
            && (ack with { ReasonCode = ReasonCode.NoMatchingSubscribers }).Write(output, ProtocolVersion.V5));
    }

    private static void AssertNothingAllocated(Func<bool> act)
    {
        Assert.True(act());
        Assert.Equal(0, Allocations.Of(() => act(), times: 100));
    }

    private sealed class FixedBufferWriter(byte[] buffer) : IBufferWriter<byte>
    {
        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => buffer;
    }
}
