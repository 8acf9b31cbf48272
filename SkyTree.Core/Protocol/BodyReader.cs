using System.Buffers;
using System.Buffers.Binary;

namespace SkyTree.Core.Protocol;

/// <summary>Reads a packet's body field by field. After the first failure, <see cref="Error"/> says what is wrong.</summary>
internal ref struct BodyReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public DecodeError Error { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return Fail(DecodeErrors.Truncated);
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
        {
            return Fail(DecodeErrors.Truncated);
        }

        _rest = _rest[2..];
        return true;
    }

    /// <summary>A packet identifier, which must not be 0 [MQTT-2.2.1-3].</summary>
    public bool TryReadPacketId(out ushort value) =>
        TryReadUInt16(out value) && (value != 0 || Fail(DecodeErrors.PacketIdZero));

    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        if (!TryReadUInt16(out ushort length) || _rest.Length < length)
        {
            value = default;
            return Fail(DecodeErrors.Truncated);
        }

        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    public bool TryReadText(out ReadOnlySpan<byte> value) =>
        TryReadBytes(out value) && (MqttUtf8.IsWellFormed(value) || Fail(DecodeErrors.Text));

    /// <summary>A block of properties after its length.</summary>
    public bool TryReadProperties(out ReadOnlySpan<byte> block)
    {
        block = default;
        OperationStatus status = VariableByteInteger.TryRead(_rest, out uint length, out int lengthBytes);
        if (status == OperationStatus.InvalidData)
        {
            return Fail(DecodeErrors.Integer);
        }

        if (status != OperationStatus.Done || _rest.Length - lengthBytes < (int)length)
        {
            return Fail(DecodeErrors.Truncated);
        }

        block = _rest.Slice(lengthBytes, (int)length);
        _rest = _rest[(lengthBytes + (int)length)..];
        return true;
    }

    /// <summary>A block of properties in 5.0, nothing in 3.x.</summary>
    public bool TryReadProperties(ProtocolVersion version, out ReadOnlySpan<byte> block)
    {
        block = default;
        return version != ProtocolVersion.V5 || TryReadProperties(out block);
    }

    /// <summary>Requires that nothing is left.</summary>
    public bool TryReadEnd() => _rest.IsEmpty || Fail(DecodeErrors.TrailingBytes);

    private bool Fail(DecodeError error)
    {
        Error = error;
        return false;
    }
}
