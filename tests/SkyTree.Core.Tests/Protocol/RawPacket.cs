using System.Buffers.Binary;
using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>Builds packets byte by byte, legal or not.</summary>
internal sealed class RawPacket
{
    private readonly List<byte> _bytes = [];

    public static RawPacket Body => new();

    public static RawPacket Block => new();

    public RawPacket Byte(params int[] values)
    {
        _bytes.AddRange(values.Select(value => (byte)value));
        return this;
    }

    public RawPacket UInt16(int value) => Byte(value >> 8, value & 0xFF);

    public RawPacket UInt32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public RawPacket Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public RawPacket Binary(params byte[] bytes) => UInt16(bytes.Length).Raw(bytes);

    public RawPacket Text(string text) => Binary(Encoding.UTF8.GetBytes(text));

    public RawPacket Property(int id, params byte[] value) => Byte(id).Raw(value);

    public RawPacket Properties(RawPacket block) => Integer(block._bytes.Count).Raw(block.ToArray());

    public RawPacket NoProperties() => Byte(0);

    public RawPacket Integer(int value)
    {
        byte[] bytes = new byte[4];
        return Raw(bytes[..VariableByteInteger.Write(bytes, (uint)value)]);
    }

    public byte[] ToArray() => [.. _bytes];

    public byte[] Frame(int first) => [(byte)first, .. Body.Integer(_bytes.Count).ToArray(), .. _bytes];
}
