using System.Formats.Cbor;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>CBOR (RFC 8949) in diagnostic notation, indented.</summary>
internal static class CborNotation
{
    private const int MaximumDepth = 64;
    private const int MaximumCharacters = 1024 * 1024;

    /// <summary>Writes it; null: the bytes are no CBOR, or no map or array: nearly any few bytes are a number.</summary>
    public static string? TryWrite(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new CborReader(bytes, CborConformanceMode.Lax);
            if (!IsContainer(bytes))
            {
                return null;
            }

            var text = new StringBuilder();
            return Write(reader, text, 0) && reader.BytesRemaining == 0 ? text.ToString() : null;
        }
        catch (Exception exception) when (exception is CborContentException or InvalidOperationException or OverflowException or FormatException)
        {
            return null;
        }
    }

    private static bool IsContainer(ReadOnlyMemory<byte> bytes)
    {
        var reader = new CborReader(bytes, CborConformanceMode.Lax);
        while (reader.PeekState() == CborReaderState.Tag)
        {
            reader.ReadTag();
        }

        return reader.PeekState() is CborReaderState.StartMap or CborReaderState.StartArray;
    }

    private static bool Write(CborReader reader, StringBuilder text, int depth)
    {
        if (depth > MaximumDepth || text.Length > MaximumCharacters)
        {
            return false;
        }

        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                reader.ReadStartMap();
                return WriteItems(reader, text, depth, CborReaderState.EndMap, '{', '}') && End(reader.ReadEndMap);
            case CborReaderState.StartArray:
                reader.ReadStartArray();
                return WriteItems(reader, text, depth, CborReaderState.EndArray, '[', ']') && End(reader.ReadEndArray);
            case CborReaderState.Tag:
                text.Append(((ulong)reader.ReadTag()).ToString(CultureInfo.InvariantCulture)).Append('(');
                if (!Write(reader, text, depth + 1))
                {
                    return false;
                }

                text.Append(')');
                return true;
            default:
                text.Append(Scalar(reader));
                return true;
        }
    }

    private static bool WriteItems(CborReader reader, StringBuilder text, int depth, CborReaderState end, char open, char close)
    {
        text.Append(open);
        bool isMap = end == CborReaderState.EndMap;
        bool any = false;
        while (reader.PeekState() != end)
        {
            text.Append(any ? "," : "").Append('\n').Append(' ', (depth + 1) * 2);
            any = true;
            if (!Write(reader, text, depth + 1))
            {
                return false;
            }

            if (isMap)
            {
                text.Append(": ");
                if (!Write(reader, text, depth + 1))
                {
                    return false;
                }
            }
        }

        if (any)
        {
            text.Append('\n').Append(' ', depth * 2);
        }

        text.Append(close);
        return true;
    }

    private static bool End(Action read)
    {
        read();
        return true;
    }

    private static string Scalar(CborReader reader) => reader.PeekState() switch
    {
        CborReaderState.UnsignedInteger => reader.ReadUInt64().ToString(CultureInfo.InvariantCulture),
        CborReaderState.NegativeInteger => (-1 - (Int128)reader.ReadCborNegativeIntegerRepresentation()).ToString(CultureInfo.InvariantCulture),
        CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString => JsonSerializer.Serialize(reader.ReadTextString()),
        CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString => $"h'{Convert.ToHexStringLower(reader.ReadByteString())}'",
        CborReaderState.Boolean => reader.ReadBoolean() ? "true" : "false",
        CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat => reader.ReadDouble().ToString("R", CultureInfo.InvariantCulture),
        CborReaderState.Null => ReadNull(reader),
        CborReaderState.SimpleValue when reader.ReadSimpleValue() is var value => value == CborSimpleValue.Undefined ? "undefined" : $"simple({(int)value})",
        _ => throw new CborContentException("This is no item."),
    };

    private static string ReadNull(CborReader reader)
    {
        reader.ReadNull();
        return "null";
    }
}
