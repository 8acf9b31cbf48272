using CsCheck;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class RoundTripTests
{
    [Fact]
    public void Every_legal_packet_survives_being_written_and_read() =>
        PacketGen.Any.Sample(
            any =>
            {
                byte[]? bytes = AnyPacket.Encode(any.Packet, any.Version);
                Assert.NotNull(bytes);
                object read = Decode(bytes, any.Version);
                Assert.Equal(AnyPacket.Describe(any.Packet), AnyPacket.Describe(read));
            },
            iter: 20_000,
            print: Print);

    [Fact]
    public void A_frame_is_recognized_by_its_header_alone_and_never_before() =>
        PacketGen.AnyWire.Sample(
            wire =>
            {
                FrameStatus status = FrameStatus.NeedMore;
                int length = 0;
                for (; status == FrameStatus.NeedMore && length <= wire.Bytes.Length; length++)
                {
                    status = FrameReader.TryReadHeader(wire.Bytes.AsSpan(0, length), wire.Version, out FrameHeader header, out _);
                    Assert.Equal(status == FrameStatus.Done ? wire.Bytes.Length : 0, header.TotalLength);
                    Assert.Equal(status == FrameStatus.Done ? length : 0, header.HeaderLength);
                }

                Assert.Equal(FrameStatus.Done, status);
            },
            iter: 5_000);

    [Fact]
    public void No_legal_packet_without_its_last_bytes_is_taken_for_itself() =>
        PacketGen.AnyWire.Sample(
            wire =>
            {
                FrameReader.TryReadHeader(wire.Bytes, wire.Version, out FrameHeader header, out _);
                Assert.True(AnyPacket.TryDecodeBody(header, wire.Bytes.AsSpan(header.HeaderLength), wire.Version, out object? whole, out _));
                for (int length = 0; length < header.BodyLength; length++)
                {
                    ReadOnlySpan<byte> cut = wire.Bytes.AsSpan(header.HeaderLength, length);
                    if (AnyPacket.TryDecodeBody(header, cut, wire.Version, out object? part, out _))
                    {
                        Assert.NotEqual(AnyPacket.Describe(whole!), AnyPacket.Describe(part!));
                    }
                }
            },
            iter: 2_000);

    [Fact]
    public void A_limited_packet_fits_its_limit_and_loses_nothing_but_diagnostics() =>
        Gen.Select(PacketGen.Any, Gen.UInt[0, 120]).Sample(
            (any, limit) =>
            {
                byte[] whole = AnyPacket.Encode(any.Packet, any.Version)!;
                // PING and the DISCONNECT of 3.x are constants that take no limit.
                if (any.Packet is PacketType || (any.Packet is DisconnectPacket && any.Version != ProtocolVersion.V5))
                {
                    return;
                }

                byte[]? limited = AnyPacket.Encode(any.Packet, any.Version, limit);
                if (limited is null)
                {
                    Assert.True(whole.Length > limit);
                    return;
                }

                Assert.True((uint)limited.Length <= limit);
                if (whole.Length <= limit)
                {
                    Assert.Equal(whole, limited);
                    return;
                }

                string expected = AnyPacket.Describe(WithoutDiagnostics(Decode(whole, any.Version)));
                Assert.Equal(expected, AnyPacket.Describe(WithoutDiagnostics(Decode(limited, any.Version))));
            },
            iter: 10_000);

    private static object Decode(byte[] bytes, ProtocolVersion version)
    {
        bool isLegal = AnyPacket.TryDecode(bytes, version, out object? packet, out DecodeError error);
        Assert.True(isLegal, $"{Convert.ToHexString(bytes)}: {error}");
        return packet!;
    }

    private static object WithoutDiagnostics(object packet) => packet switch
    {
        ConnAckPacket p => new ConnAckPacket
        {
            SessionPresent = p.SessionPresent,
            ReasonCode = p.ReasonCode,
            SessionExpirySeconds = p.SessionExpirySeconds,
            ReceiveMaximum = p.ReceiveMaximum,
            MaximumQoS = p.MaximumQoS,
            RetainAvailable = p.RetainAvailable,
            MaximumPacketSize = p.MaximumPacketSize,
            AssignedClientId = p.AssignedClientId,
            TopicAliasMaximum = p.TopicAliasMaximum,
            WildcardSubscriptionAvailable = p.WildcardSubscriptionAvailable,
            SubscriptionIdentifiersAvailable = p.SubscriptionIdentifiersAvailable,
            SharedSubscriptionAvailable = p.SharedSubscriptionAvailable,
            ServerKeepAliveSeconds = p.ServerKeepAliveSeconds,
            ResponseInformation = p.ResponseInformation,
            ServerReference = p.ServerReference,
            AuthenticationMethod = p.AuthenticationMethod,
            AuthenticationData = p.AuthenticationData,
        },
        PublishAckPacket p => p with { ReasonString = null, UserProperties = null },
        SubscriptionAckPacket p => new SubscriptionAckPacket { Type = p.Type, PacketId = p.PacketId, ReasonCodes = p.ReasonCodes },
        DisconnectPacket p => new DisconnectPacket
        {
            ReasonCode = p.ReasonCode,
            SessionExpirySeconds = p.SessionExpirySeconds,
            ServerReference = p.ServerReference,
        },
        AuthPacket p => new AuthPacket
        {
            ReasonCode = p.ReasonCode,
            AuthenticationMethod = p.AuthenticationMethod,
            AuthenticationData = p.AuthenticationData,
        },
        _ => throw new ArgumentException($"{packet.GetType().Name} has nothing that may be left out."),
    };

    private static string Print((ProtocolVersion Version, object Packet) any) => $"{any.Version} {AnyPacket.Describe(any.Packet)}";
}
