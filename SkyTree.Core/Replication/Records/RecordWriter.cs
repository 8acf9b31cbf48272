using System.Buffers.Binary;
using System.Text;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Replication.Records;

/// <summary>Writes keys and values of the state into a buffer that is used again and again. One thread's.</summary>
internal sealed class RecordWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public RecordWriter Begin()
    {
        _length = 0;
        return this;
    }

    public RecordWriter Byte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
        return this;
    }

    public RecordWriter Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Big-endian, so that keys sort as their numbers do; for numbers of 0 and up.</summary>
    public RecordWriter Number(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);
        _length += 8;
        return this;
    }

    /// <summary>Big-endian.</summary>
    public RecordWriter Short(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);
        _length += 2;
        return this;
    }

    public RecordWriter OptionalNumber(long? value)
    {
        Flag(value is not null);
        return value is { } number ? Number(number) : this;
    }

    /// <summary>A text with its length before it.</summary>
    public RecordWriter Text(string value)
    {
        int size = Encoding.UTF8.GetByteCount(value);
        Number32(size);
        Encoding.UTF8.GetBytes(value, Reserve(size));
        _length += size;
        return this;
    }

    /// <summary>Bytes with their length before them.</summary>
    public RecordWriter Bytes(ReadOnlySpan<byte> value)
    {
        Number32(value.Length);
        value.CopyTo(Reserve(value.Length));
        _length += value.Length;
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public RecordWriter Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        _length += value.Length;
        return this;
    }

    /// <summary>An identifier's 16 bytes.</summary>
    public RecordWriter Id(Guid value)
    {
        value.TryWriteBytes(Reserve(16));
        _length += 16;
        return this;
    }

    /// <summary>A message's record with its length before it; null: no bytes.</summary>
    public RecordWriter Message(StoredMessage? message)
    {
        int size = message is null ? 0 : StoredMessageFormat.SizeOf(message);
        Number32(size);
        if (message is not null)
        {
            StoredMessageFormat.Write(message, Reserve(size));
            _length += size;
        }

        return this;
    }

    /// <summary>A part of a key, without its length: MQTT's texts hold no U+0000, so <see cref="End"/> can end it.</summary>
    public RecordWriter Part(string value)
    {
        int size = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Reserve(size));
        _length += size;
        return this;
    }

    /// <summary>Ends a part that others follow.</summary>
    public RecordWriter End() => Byte(0);

    public RecordWriter Number32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);
        _length += 4;
        return this;
    }

    private Span<byte> Reserve(int size)
    {
        if (_buffer.Length - _length < size)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + size));
        }

        return _buffer.AsSpan(_length, size);
    }
}
