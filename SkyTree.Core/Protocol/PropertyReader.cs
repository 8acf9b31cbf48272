using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Core.Protocol;

/// <summary>
/// Reads a block of properties one by one and checks all that can be said of a property without its packet: that it
/// exists, is allowed, does not repeat, is whole, and has a legal value.
/// </summary>
internal ref struct PropertyReader
{
    private readonly ReadOnlySpan<byte> _block;
    private readonly ulong _allowed;
    private readonly ulong _repeatable;
    private ulong _seen;
    private int _position;

    /// <param name="block">The properties without their length.</param>
    /// <param name="allowed">One of <see cref="PropertySets"/>.</param>
    /// <param name="repeatSubscriptionIdentifiers">Whether Subscription Identifier may repeat, as in a server's PUBLISH.</param>
    public PropertyReader(ReadOnlySpan<byte> block, ulong allowed, bool repeatSubscriptionIdentifiers = false)
    {
        _block = block;
        _allowed = allowed;
        _repeatable = 1UL << (int)PropertyId.UserProperty
            | (repeatSubscriptionIdentifiers ? 1UL << (int)PropertyId.SubscriptionIdentifier : 0);
    }

    /// <summary>The property read last.</summary>
    public PropertyId Id { get; private set; }

    /// <summary>Where the property read last begins in the block.</summary>
    public int Start { get; private set; }

    /// <summary>Its value when it is a number of any width.</summary>
    public uint Number { get; private set; }

    /// <summary>Its value when it is a string or binary data; a user property's name.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>A user property's value.</summary>
    public ReadOnlySpan<byte> SecondBytes { get; private set; }

    /// <summary>Whether the block is bad, as <see cref="Error"/> says.</summary>
    public bool Failed { get; private set; }

    public DecodeError Error { get; private set; }

    public readonly bool Flag => Number != 0;

    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    public readonly UserProperty UserProperty => new(Encoding.UTF8.GetString(Bytes), Encoding.UTF8.GetString(SecondBytes));

    /// <summary>The property read last as it stands in the block, with its identifier.</summary>
    public readonly ReadOnlySpan<byte> Raw => _block[Start.._position];

    /// <summary>Reads the next property; false at the end and when the block is bad.</summary>
    public bool Read()
    {
        if (Failed || _position >= _block.Length)
        {
            return false;
        }

        Start = _position;
        byte id = _block[_position++];
        // Identifiers are Variable Byte Integers, but all that exist are below 0x2B.
        if (id > (byte)PropertyId.SharedSubscriptionAvailable)
        {
            return Fail(DecodeErrors.UnknownProperty);
        }

        ulong bit = 1UL << id;
        if ((_allowed & bit) == 0)
        {
            return Fail(DecodeErrors.PropertyNotAllowed);
        }

        if ((_seen & bit & ~_repeatable) != 0)
        {
            return Fail(DecodeErrors.DuplicateProperty);
        }

        _seen |= bit;
        Id = (PropertyId)id;
        return ReadValue();
    }

    private bool ReadValue()
    {
        switch (Id)
        {
            case PropertyId.PayloadFormatIndicator:
            case PropertyId.RequestProblemInformation:
            case PropertyId.RequestResponseInformation:
            case PropertyId.MaximumQoS:
            case PropertyId.RetainAvailable:
            case PropertyId.WildcardSubscriptionAvailable:
            case PropertyId.SubscriptionIdentifierAvailable:
            case PropertyId.SharedSubscriptionAvailable:
                return ReadNumber(1) && (Number <= 1 || Fail(DecodeErrors.PropertyValue));
            case PropertyId.ServerKeepAlive:
            case PropertyId.TopicAliasMaximum:
                return ReadNumber(2);
            case PropertyId.ReceiveMaximum:
                return ReadNumber(2) && (Number != 0 || Fail(DecodeErrors.PropertyValue));
            case PropertyId.TopicAlias:
                return ReadNumber(2) && (Number != 0 || Fail(DecodeErrors.TopicAliasZero));
            case PropertyId.MessageExpiryInterval:
            case PropertyId.SessionExpiryInterval:
            case PropertyId.WillDelayInterval:
                return ReadNumber(4);
            case PropertyId.MaximumPacketSize:
                return ReadNumber(4) && (Number != 0 || Fail(DecodeErrors.PropertyValue));
            case PropertyId.SubscriptionIdentifier:
                return ReadInteger() && (Number != 0 || Fail(DecodeErrors.PropertyValue));
            case PropertyId.CorrelationData:
            case PropertyId.AuthenticationData:
                return ReadBytes();
            case PropertyId.ResponseTopic:
                return ReadText()
                    && ((!Bytes.IsEmpty && !TopicName.HasWildcard(Bytes)) || Fail(DecodeErrors.ResponseTopic));
            case PropertyId.UserProperty:
                return ReadUserProperty();
            default:
                return ReadText();
        }
    }

    private bool ReadNumber(int width)
    {
        if (_block.Length - _position < width)
        {
            return Fail(DecodeErrors.PropertyTruncated);
        }

        ReadOnlySpan<byte> bytes = _block.Slice(_position, width);
        Number = width switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        };
        _position += width;
        return true;
    }

    private bool ReadInteger()
    {
        OperationStatus status = VariableByteInteger.TryRead(_block[_position..], out uint value, out int length);
        if (status != OperationStatus.Done)
        {
            return Fail(status == OperationStatus.NeedMoreData ? DecodeErrors.PropertyTruncated : DecodeErrors.Integer);
        }

        Number = value;
        _position += length;
        return true;
    }

    private bool ReadBytes()
    {
        if (!ReadNumber(2))
        {
            return false;
        }

        int length = (int)Number;
        if (_block.Length - _position < length)
        {
            return Fail(DecodeErrors.PropertyTruncated);
        }

        Bytes = _block.Slice(_position, length);
        _position += length;
        return true;
    }

    private bool ReadText() => ReadBytes() && (MqttUtf8.IsWellFormed(Bytes) || Fail(DecodeErrors.Text));

    private bool ReadUserProperty()
    {
        if (!ReadText())
        {
            return false;
        }

        ReadOnlySpan<byte> name = Bytes;
        if (!ReadText())
        {
            return false;
        }

        SecondBytes = Bytes;
        Bytes = name;
        return true;
    }

    private bool Fail(DecodeError error)
    {
        Failed = true;
        Error = error;
        return false;
    }
}
