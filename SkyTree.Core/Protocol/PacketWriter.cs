using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Core.Protocol;

/// <summary>How much of what may be left out is written (MQTT 5.0, 3.4.2.2 and its like).</summary>
internal enum Detail
{
    Full,
    WithoutUserProperties,
    WithoutReasonString,
}

/// <summary>Something that has a block of properties.</summary>
internal interface IPropertySource
{
    void WriteProperties(ref PacketWriter writer);
}

/// <summary>
/// Writes fields, or only counts their bytes, so that one method serves for a packet's length and its bytes and the
/// two cannot disagree.
/// </summary>
internal ref struct PacketWriter
{
    private readonly Span<byte> _destination;
    private readonly bool _isMeasuring;
    private readonly Detail _detail;
    private long _length;

    /// <summary>A writer that only counts.</summary>
    public PacketWriter(Detail detail)
    {
        _isMeasuring = true;
        _detail = detail;
    }

    /// <summary>A writer into a buffer that has the measured length.</summary>
    public PacketWriter(Span<byte> destination, Detail detail)
    {
        _destination = destination;
        _detail = detail;
    }

    /// <summary>Bytes written or counted.</summary>
    public readonly long Length => _length;

    /// <summary>Found while counting: a value that has no encoding, such as a string of more than 65,535 bytes.</summary>
    public bool IsImpossible { get; private set; }

    public void Byte(byte value)
    {
        if (!_isMeasuring)
        {
            _destination[(int)_length] = value;
        }

        _length++;
    }

    public void UInt16(ushort value)
    {
        if (!_isMeasuring)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_destination[(int)_length..], value);
        }

        _length += sizeof(ushort);
    }

    public void UInt32(uint value)
    {
        if (!_isMeasuring)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_destination[(int)_length..], value);
        }

        _length += sizeof(uint);
    }

    public void Integer(uint value)
    {
        if (value > VariableByteInteger.MaximumValue)
        {
            IsImpossible = true;
            return;
        }

        _length += _isMeasuring
            ? VariableByteInteger.GetLength(value)
            : VariableByteInteger.Write(_destination[(int)_length..], value);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (!_isMeasuring)
        {
            bytes.CopyTo(_destination[(int)_length..]);
        }

        _length += bytes.Length;
    }

    /// <summary>Binary data with its length.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > ushort.MaxValue)
        {
            IsImpossible = true;
            return;
        }

        UInt16((ushort)bytes.Length);
        Raw(bytes);
    }

    /// <summary>A string with its length.</summary>
    public void Text(string text)
    {
        if (_isMeasuring)
        {
            IsImpossible |= !MqttUtf8.TryGetLength(text, out int length);
            _length += sizeof(ushort) + length;
            return;
        }

        int written = Encoding.UTF8.GetBytes(text, _destination[((int)_length + sizeof(ushort))..]);
        UInt16((ushort)written);
        _length += written;
    }

    /// <summary>A block of properties with its length.</summary>
    public void Properties<T>(in T source)
        where T : IPropertySource
    {
        Integer(MeasureProperties(source));
        source.WriteProperties(ref this);
    }

    /// <summary>The bytes of a block of properties without its length.</summary>
    public readonly uint MeasureProperties<T>(in T source)
        where T : IPropertySource
    {
        var measure = new PacketWriter(_detail);
        source.WriteProperties(ref measure);
        return (uint)Math.Min(measure.Length, uint.MaxValue);
    }

    public void Property(PropertyId id, bool? value)
    {
        if (value is { } present)
        {
            Byte((byte)id);
            Byte(present ? (byte)1 : (byte)0);
        }
    }

    public void Property(PropertyId id, ushort? value)
    {
        if (value is { } present)
        {
            Byte((byte)id);
            UInt16(present);
        }
    }

    public void Property(PropertyId id, uint? value)
    {
        if (value is { } present)
        {
            Byte((byte)id);
            UInt32(present);
        }
    }

    public void Property(PropertyId id, string? value)
    {
        if (value is not null)
        {
            Byte((byte)id);
            Text(value);
        }
    }

    public void Property(PropertyId id, ReadOnlyMemory<byte>? value)
    {
        if (value is { } present)
        {
            Byte((byte)id);
            Bytes(present.Span);
        }
    }

    public void SubscriptionIdentifier(uint value)
    {
        Byte((byte)PropertyId.SubscriptionIdentifier);
        Integer(value);
    }

    /// <summary>User properties that belong to the packet's meaning and are never left out.</summary>
    public void UserProperties(IReadOnlyList<UserProperty> properties)
    {
        for (int i = 0; i < properties.Count; i++)
        {
            Byte((byte)PropertyId.UserProperty);
            Text(properties[i].Name);
            Text(properties[i].Value);
        }
    }

    /// <summary>What an answer says beyond its reason code; left out, user properties first, when the packet is too large.</summary>
    public void Diagnostics(string? reasonString, IReadOnlyList<UserProperty>? userProperties)
    {
        if (_detail < Detail.WithoutReasonString)
        {
            Property(PropertyId.ReasonString, reasonString);
        }

        if (_detail < Detail.WithoutUserProperties && userProperties is not null)
        {
            UserProperties(userProperties);
        }
    }
}
