using System.Globalization;
using CsCheck;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>
/// Hostile bytes. A failure names the seed that repeats it (environment variable <c>CsCheck_Seed</c>); more iterations
/// with <c>SKYTREE_FUZZ_ITERATIONS</c>.
/// </summary>
public sealed class FuzzTests
{
    private const long DefaultIterations = 200_000;

    /// <summary>How many packets to try, all kinds together.</summary>
    public static readonly long Iterations =
        long.TryParse(Environment.GetEnvironmentVariable("SKYTREE_FUZZ_ITERATIONS"), CultureInfo.InvariantCulture, out long value)
            ? value
            : DefaultIterations;

    [Fact]
    public void Mutated_packets_are_refused_with_a_reason_or_keep_their_meaning()
    {
        int accepted = 0;
        Mutation.MutatedWire.Sample(wire => Count(Check(wire), ref accepted), iter: Iterations / 2);
        // Both answers must occur, or the generator does not reach the codec's rules.
        Assert.InRange(accepted, Iterations / 50, Iterations / 2 - Iterations / 50);
    }

    [Fact]
    public void Random_bytes_are_refused_with_a_reason_or_keep_their_meaning()
    {
        int accepted = 0;
        Mutation.RandomWire.Sample(wire => Count(Check(wire), ref accepted), iter: Iterations / 2);
        Assert.InRange(accepted, Iterations / 500, Iterations / 2 - Iterations / 50);
    }

    private static void Count(bool isAccepted, ref int accepted)
    {
        if (isAccepted)
        {
            Interlocked.Increment(ref accepted);
        }
    }

    private static bool Check(Wire wire)
    {
        CheckBodyAlone(wire);
        if (!AnyPacket.TryDecode(wire.Bytes, wire.Version, out object? packet, out DecodeError error))
        {
            Assert.Null(packet);
            Assert.True(error.Code >= ReasonCode.UnspecifiedError && error.Reason.Length > 0);
            return false;
        }

        // CONNECT says its version itself.
        ProtocolVersion version = packet is ConnectPacket connect ? connect.Version : wire.Version;
        byte[]? written = AnyPacket.Encode(packet!, version);
        Assert.NotNull(written);
        Assert.True(written.Length <= wire.Bytes.Length, "what is written is never longer than what was read");
        Assert.True(AnyPacket.TryDecode(written, version, out object? again, out error), error.Reason);
        Assert.Equal(AnyPacket.Describe(packet!), AnyPacket.Describe(again!));
        Assert.Equal(written, AnyPacket.Encode(again!, version));
        if (packet is PublishPacket publish)
        {
            CheckInPlace(wire, publish);
        }

        return true;
    }

    // The parsers do not rely on the header having been checked, nor on the type being theirs.
    private static void CheckBodyAlone(Wire wire)
    {
        ReadOnlySpan<byte> body = wire.Bytes.AsSpan(Math.Min(2, wire.Bytes.Length));
        byte first = wire.Bytes[0];
        _ = AnyPacket.TryDecodeBody(new FrameHeader(first, 2, body.Length), body, wire.Version, out _, out _);
        _ = PublishView.TryParse(first, body, wire.Version, out _, out _);
        _ = ConnectPacket.TryParse(body, out _, out _, out _);
    }

    // What a server reads in place and forwards is what the allocating form says.
    private static void CheckInPlace(Wire wire, PublishPacket publish)
    {
        FrameReader.TryReadHeader(wire.Bytes, wire.Version, out FrameHeader header, out _);
        bool isLegal = PublishView.TryParse(header.First, wire.Bytes.AsSpan(header.HeaderLength), wire.Version, out PublishView view, out _);
        Assert.Equal(publish.SubscriptionIdentifiers.Count == 0, isLegal);
        if (!isLegal)
        {
            return;
        }

        byte[] properties = new byte[view.ForwardedPropertiesLength];
        Assert.Equal(properties.Length, view.CopyForwardedProperties(properties));
        Assert.True(!view.ForwardsVerbatim || view.Properties.SequenceEqual(properties));
        var outbound = new OutboundPublish
        {
            Version = wire.Version,
            QoS = view.QoS,
            Dup = view.Dup,
            Retain = view.Retain,
            PacketId = view.PacketId,
            Topic = view.Topic,
            ForwardedProperties = properties,
            HasMessageExpiry = view.HasMessageExpiry,
            MessageExpirySeconds = view.MessageExpirySeconds,
            TopicAlias = view.TopicAlias,
            Payload = view.Payload,
        };
        byte[] written = new byte[outbound.GetLength()];
        Assert.Equal(written.Length, outbound.Write(written));
        Assert.Equal(wire.Bytes.Length, written.Length);
        Assert.True(AnyPacket.TryDecode(written, wire.Version, out object? again, out DecodeError error), error.Reason);
        Assert.Equal(AnyPacket.Describe(publish), AnyPacket.Describe(again!));
    }
}
