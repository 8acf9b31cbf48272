using CsCheck;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>One change to a packet's body.</summary>
internal sealed record Mutation(Mutation.Kind What, int Position, byte Value)
{
    // Bytes that mean something somewhere: lengths, property identifiers, reason codes, parts of UTF-8 and wildcards.
    private static readonly byte[] Telling = [0x00, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0B, 0x23, 0x26, 0x2B, 0x2F, 0x7F, 0x80, 0xC0, 0xED, 0xFF];

    private static readonly Gen<Mutation> One = Gen.Select(
        Gen.Enum<Kind>(),
        Gen.Int[0, 400],
        Gen.OneOf(Gen.Byte, Gen.OneOf(Telling)),
        (what, position, value) => new Mutation(what, position, value));

    private static readonly byte[] Properties = [.. Enum.GetValues<PropertyId>().Select(id => (byte)id)];

    /// <summary>Legal packets with 0 to 4 changes, most of them with a Remaining Length that fits again.</summary>
    public static readonly Gen<Wire> MutatedWire =
        from wire in PacketGen.AnyWire
        from mutations in One.Array[0, 4]
        from first in Gen.Frequency((15, Gen.Const(-1)), (1, Gen.Int[0, 255]))
        from fits in Gen.Frequency((15, true), (1, false))
        from version in Gen.Frequency((15, Gen.Const(wire.Version)), (1, PacketGen.Version))
        select new Wire(version, Apply(wire, mutations, first, fits));

    /// <summary>Random bytes behind a legal first byte and a fitting length.</summary>
    public static readonly Gen<Wire> RandomWire =
        from version in PacketGen.Version
        from first in Gen.Frequency(
            (9, Gen.OneOf<byte>(0x10, 0x20, 0x30, 0x32, 0x3D, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xE0, 0xF0)),
            (1, Gen.Byte))
        from body in Gen.Frequency((2, Gen.Byte[0, 6]), (1, Gen.OneOf(Properties)), (1, Gen.Byte)).Array[0, 24]
        select new Wire(version, RawPacket.Body.Raw(body).Frame(first));

    public enum Kind
    {
        Set,
        FlipBit,
        Insert,
        Remove,
        Repeat,
        Truncate,
        InsertProperty,
    }

    private static byte[] Apply(Wire wire, Mutation[] mutations, int first, bool fits)
    {
        FrameReader.TryReadHeader(wire.Bytes, wire.Version, out FrameHeader header, out _);
        List<byte> body = [.. wire.Bytes[header.HeaderLength..]];
        foreach (Mutation mutation in mutations)
        {
            mutation.Apply(body);
        }

        byte newFirst = first < 0 ? header.First : (byte)first;
        return fits
            ? RawPacket.Body.Raw([.. body]).Frame(newFirst)
            : [newFirst, .. wire.Bytes[1..header.HeaderLength], .. body];
    }

    private void Apply(List<byte> body)
    {
        if (body.Count == 0)
        {
            body.Add(Value);
            return;
        }

        int at = Position % body.Count;
        switch (What)
        {
            case Kind.Set:
                body[at] = Value;
                break;
            case Kind.FlipBit:
                body[at] ^= (byte)(1 << (Value & 7));
                break;
            case Kind.Insert:
                body.Insert(at, Value);
                break;
            case Kind.Remove:
                body.RemoveAt(at);
                break;
            case Kind.Repeat:
                body.InsertRange(at, body.GetRange(at, Math.Min(Value % 12, body.Count - at)));
                break;
            case Kind.Truncate:
                body.RemoveRange(at, body.Count - at);
                break;
            default:
                body.InsertRange(at, [Properties[Value % Properties.Length], 0, 1]);
                break;
        }
    }
}
