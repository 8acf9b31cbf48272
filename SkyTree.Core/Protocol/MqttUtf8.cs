using System.Text;
using System.Text.Unicode;

namespace SkyTree.Core.Protocol;

/// <summary>The UTF-8 Encoded String (MQTT 5.0, 1.5.4).</summary>
internal static class MqttUtf8
{
    /// <summary>
    /// Whether bytes are a string that MQTT allows: UTF-8 in its shortest form, without surrogates [MQTT-1.5.4-1] and
    /// without U+0000 [MQTT-1.5.4-2]. The length prefix is not among the bytes.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes) => !bytes.Contains((byte)0) && Utf8.IsValid(bytes);

    /// <summary>Whether text can be sent: no lone surrogate, no U+0000, at most 65,535 bytes.</summary>
    internal static bool TryGetLength(string text, out int length)
    {
        length = Encoding.UTF8.GetByteCount(text);
        return length <= ushort.MaxValue && !text.Contains('\0') && HasOnlyWholeCharacters(text);
    }

    private static bool HasOnlyWholeCharacters(ReadOnlySpan<char> text)
    {
        int surrogate = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (surrogate >= 0)
        {
            text = text[surrogate..];
            if (text.Length < 2 || !char.IsSurrogatePair(text[0], text[1]))
            {
                return false;
            }

            text = text[2..];
            surrogate = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        }

        return true;
    }
}
