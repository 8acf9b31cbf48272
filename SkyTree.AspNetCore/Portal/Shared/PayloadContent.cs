using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>What a payload is, as far as its bytes tell.</summary>
public sealed class PayloadContent
{
    /// <summary>Bytes that are looked at and shown; what is behind them can be downloaded.</summary>
    public const int Shown = 256 * 1024;

    private const int HexShown = 16 * 1024;
    private const int BytesOfLine = 16;

    private PayloadContent(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>As what it can be shown, the best first.</summary>
    public IReadOnlyList<PayloadKind> Kinds { get; private init; } = [];

    /// <summary>As text; null: it is none.</summary>
    public string? Text { get; private init; }

    /// <summary>As JSON; null: it is none.</summary>
    public JsonElement? Json { get; private init; }

    /// <summary>As CBOR in diagnostic notation; null: it is none.</summary>
    public string? Cbor { get; private init; }

    /// <summary>The media type of the picture; null: it is none.</summary>
    public string? ImageType { get; private init; }

    /// <summary>The bytes as lines of offset, hexadecimal and ASCII, of the first 16 KiB.</summary>
    public string Hex => HexLines(Bytes.Span[..Math.Min(Bytes.Length, HexShown)]);

    /// <summary>Whether not all of it is shown.</summary>
    /// <param name="kind">As what.</param>
    public bool IsCut(PayloadKind kind) => Bytes.Length > (kind == PayloadKind.Hex ? HexShown : Shown);

    /// <summary>Looks at a payload.</summary>
    /// <param name="bytes">The payload.</param>
    public static PayloadContent Of(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        string? image = ImageTypeOf(span);
        string? text = image is null ? TextOf(span) : null;
        JsonElement? json = text is not null && bytes.Length <= Shown ? JsonOf(bytes) : null;
        string? cbor = image is null && json is null && bytes.Length is > 0 and <= Shown && (text is null || span[0] >= 0x80) ? CborNotation.TryWrite(bytes) : null;
        List<PayloadKind> kinds = [];
        Add(image is not null, PayloadKind.Image);
        Add(json is not null, PayloadKind.Json);
        Add(cbor is not null, PayloadKind.Cbor);
        Add(text is not null, PayloadKind.Text);
        kinds.Add(PayloadKind.Hex);
        return new PayloadContent(bytes) { Kinds = kinds, Text = text, Json = json, Cbor = cbor, ImageType = image };

        void Add(bool fits, PayloadKind kind)
        {
            if (fits)
            {
                kinds.Add(kind);
            }
        }
    }

    private static string? ImageTypeOf(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) ? "image/png"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "image/jpeg"
        : bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) ? "image/gif"
        : bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "image/webp"
        : null;

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, Shown)];
        try
        {
            // A character that the bound cuts in two is left out.
            int end = head.Length;
            for (int back = 0; bytes.Length > head.Length && back < 3 && end > 0 && (bytes[end] & 0xC0) == 0x80; back++)
            {
                end--;
            }

            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(head[..end]);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static JsonElement? JsonOf(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
            // A bare word or number is read better as text.
            return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string HexLines(ReadOnlySpan<byte> bytes)
    {
        var lines = new StringBuilder(bytes.Length * 5);
        for (int offset = 0; offset < bytes.Length; offset += BytesOfLine)
        {
            ReadOnlySpan<byte> line = bytes[offset..Math.Min(bytes.Length, offset + BytesOfLine)];
            lines.Append(CultureInfo.InvariantCulture, $"{offset:x6}  ");
            for (int i = 0; i < BytesOfLine; i++)
            {
                lines.Append(i < line.Length ? line[i].ToString("x2", CultureInfo.InvariantCulture) : "  ").Append(i == 7 ? "  " : " ");
            }

            lines.Append(' ');
            foreach (byte value in line)
            {
                lines.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
            }

            lines.Append('\n');
        }

        return lines.ToString();
    }
}
