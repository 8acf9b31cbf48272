using System.Buffers;
using System.Text.Unicode;

namespace SkyTree.Core.Protocol;

/// <summary>Topic names (MQTT 5.0, 4.7).</summary>
public static class TopicName
{
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create("+#\0"u8);

    /// <summary>
    /// Whether bytes are a topic name: well-formed UTF-8 of 1 to 65,535 bytes, without wildcards [MQTT-4.7.1-1] and
    /// without U+0000 [MQTT-4.7.3-2].
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8) =>
        utf8.Length is > 0 and <= ushort.MaxValue && !utf8.ContainsAny(Forbidden) && Utf8.IsValid(utf8);

    /// <summary>The number of levels: one more than there are separators.</summary>
    public static int CountLevels(ReadOnlySpan<byte> utf8) => utf8.Count((byte)'/') + 1;

    /// <summary>Whether a topic is the broker's own: <c>$SYS</c>, or below it (MQTT 5.0, 4.7.2).</summary>
    internal static bool IsSys(ReadOnlySpan<byte> utf8) => utf8.StartsWith("$SYS"u8) && (utf8.Length == 4 || utf8[4] == (byte)'/');

    /// <summary>Whether a wildcard character occurs anywhere.</summary>
    internal static bool HasWildcard(ReadOnlySpan<byte> utf8) => utf8.ContainsAny((byte)'+', (byte)'#');
}
