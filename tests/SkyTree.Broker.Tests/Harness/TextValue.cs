using System.Globalization;
using System.Text;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// Values in scenarios: a bare word, or <c>"text"</c> with <c>\"</c>, <c>\\</c>, <c>\n</c> and <c>\xNN</c> (one raw
/// byte), or <c>"x"*1000</c>, the same repeated.
/// </summary>
internal static class TextValue
{
    private const string BareCharacters = "_./+#$:-,%@";

    /// <summary>Splits a line at spaces that are outside quotation marks.</summary>
    public static List<string> Split(string line)
    {
        List<string> tokens = [];
        StringBuilder token = new();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quoted && c == '\\')
            {
                token.Append(c).Append(line[++i]);
                continue;
            }

            if (c == '"')
            {
                quoted = !quoted;
            }

            if (c == ' ' && !quoted)
            {
                Flush();
            }
            else
            {
                token.Append(c);
            }
        }

        Flush();
        return tokens;

        void Flush()
        {
            if (token.Length > 0)
            {
                tokens.Add(token.ToString());
                token.Clear();
            }
        }
    }

    public static byte[] ToBytes(string value)
    {
        if (value.Length == 0 || value[0] != '"')
        {
            return Encoding.UTF8.GetBytes(value);
        }

        int end = ClosingQuote(value, 0);
        byte[] once = Unescape(value.AsSpan(1, end - 1));
        if (end == value.Length - 1)
        {
            return once;
        }

        if (value[end + 1] != '*')
        {
            throw new FormatException($"{value}: only *count may follow a quoted value");
        }

        int count = int.Parse(value.AsSpan(end + 2), CultureInfo.InvariantCulture);
        byte[] all = new byte[once.Length * count];
        for (int i = 0; i < count; i++)
        {
            once.CopyTo(all, i * once.Length);
        }

        return all;
    }

    /// <summary>Splits <c>name:value</c> of a user property, either side of which may be quoted.</summary>
    public static (byte[] Name, byte[] Value) ToPair(string value)
    {
        int colon = value[0] == '"' ? ClosingQuote(value, 0) + 1 : value.IndexOf(':', StringComparison.Ordinal);
        return (ToBytes(value[..colon]), ToBytes(value[(colon + 1)..]));
    }

    /// <summary>The canonical form: bare where that is unambiguous.</summary>
    public static string FromText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && !BareCharacters.Contains((char)b, StringComparison.Ordinal))
            {
                return FromBytes(bytes);
            }
        }

        return bytes.IsEmpty ? "\"\"" : Encoding.ASCII.GetString(bytes);
    }

    /// <summary>The canonical form of a pair; a colon inside a part forces quotes.</summary>
    public static string FromPair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => $"{Part(name)}:{Part(value)}";

    /// <summary>The canonical form, always quoted.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 32 && bytes.IndexOfAnyExcept(bytes[0]) < 0)
        {
            return $"{FromBytes(bytes[..1])}*{bytes.Length}";
        }

        StringBuilder text = new("\"");
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int used) != System.Buffers.OperationStatus.Done
                || Rune.IsControl(rune))
            {
                for (int i = 0; i < used; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{rest[i]:X2}");
                }
            }
            else
            {
                if (rune.Value is '"' or '\\')
                {
                    text.Append('\\');
                }

                text.Append(rune.ToString());
            }

            rest = rest[used..];
        }

        return text.Append('"').ToString();
    }

    private static string Part(ReadOnlySpan<byte> bytes) => bytes.Contains((byte)':') ? FromBytes(bytes) : FromText(bytes);

    private static int ClosingQuote(string value, int open)
    {
        for (int i = open + 1; i < value.Length; i++)
        {
            if (value[i] == '\\')
            {
                i++;
            }
            else if (value[i] == '"')
            {
                return i;
            }
        }

        throw new FormatException($"{value}: the quotation mark is not closed");
    }

    private static byte[] Unescape(ReadOnlySpan<char> text)
    {
        List<byte> bytes = [];
        Span<byte> encoded = stackalloc byte[4];
        for (int i = 0; i < text.Length;)
        {
            if (text[i] != '\\')
            {
                Rune.DecodeFromUtf16(text[i..], out Rune rune, out int used);
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
                i += used;
                continue;
            }

            switch (text[i + 1])
            {
                case 'x':
                    bytes.Add(byte.Parse(text.Slice(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                case 'n':
                    bytes.Add((byte)'\n');
                    i += 2;
                    break;
                default:
                    bytes.Add((byte)text[i + 1]);
                    i += 2;
                    break;
            }
        }

        return [.. bytes];
    }
}
