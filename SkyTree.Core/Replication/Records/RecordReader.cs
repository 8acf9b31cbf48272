using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Core.Replication.Records;

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
/// <param name="record">The key or value.</param>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() != 0;

    public long Number() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public ushort Short() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public long? OptionalNumber() => Flag() ? Number() : null;

    public int Number32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>How many things follow, of a byte at least each.</summary>
    public int Count()
    {
        int count = Number32();
        return (uint)count <= (uint)_rest.Length ? count : throw new InvalidDataException("A record of the state ends too early.");
    }

    public string Text() => Encoding.UTF8.GetString(Take(Number32()));

    public byte[] Bytes() => Span().ToArray();

    /// <summary>The same, where they lie.</summary>
    public ReadOnlySpan<byte> Span() => Take(Number32());

    public Guid Id() => new(Take(16));

    /// <summary>All that is left.</summary>
    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    /// <summary>A part of a key, up to its end or the key's.</summary>
    public string Part()
    {
        int end = _rest.IndexOf((byte)0);
        string part = Encoding.UTF8.GetString(end < 0 ? _rest : _rest[..end]);
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return part;
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if ((uint)size > (uint)_rest.Length)
        {
            throw new InvalidDataException("A record of the state ends too early.");
        }

        ReadOnlySpan<byte> taken = _rest[..size];
        _rest = _rest[size..];
        return taken;
    }
}
