using System.Buffers.Binary;
using System.Buffers.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Subscriptions;

/// <summary>What a 5.0 subscriber wants to be told of each stored message, in user properties.</summary>
[Flags]
internal enum StoredProperties : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>skytree-offset</c>.</summary>
    Offset = 1,

    /// <summary><c>skytree-time</c>: when it was stored (RFC 3339, UTC, milliseconds).</summary>
    Time = 2,
}

/// <summary>Their names and bytes.</summary>
internal static class StoredPropertiesEncoding
{
    /// <summary>The most bytes that <see cref="Write"/> takes.</summary>
    public const int MaximumLength = 96;

    private const int TimeLength = 24;

    /// <summary>Parses a list such as <c>offset,time</c>.</summary>
    /// <param name="list">The list.</param>
    /// <param name="wanted">What is in it.</param>
    /// <returns>False when something else is in it, or nothing.</returns>
    public static bool TryParse(string list, out StoredProperties wanted)
    {
        wanted = StoredProperties.None;
        foreach (string word in list.Split(',', StringSplitOptions.TrimEntries))
        {
            StoredProperties one = word switch
            {
                "offset" => StoredProperties.Offset,
                "time" => StoredProperties.Time,
                _ => StoredProperties.None,
            };
            if (one == StoredProperties.None)
            {
                return false;
            }

            wanted |= one;
        }

        return true;
    }

    /// <summary>Writes them, encoded as in PUBLISH.</summary>
    /// <param name="destination">At least <see cref="MaximumLength"/> bytes.</param>
    /// <param name="wanted">Which.</param>
    /// <param name="message">The message; none are written of one that is not stored.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, StoredProperties wanted, StoredMessage? message)
    {
        if (wanted == StoredProperties.None || message is not { Offset: > 0 })
        {
            return 0;
        }

        Span<byte> text = stackalloc byte[TimeLength];
        int at = 0;
        if ((wanted & StoredProperties.Offset) != 0)
        {
            Utf8Formatter.TryFormat(message.Offset, text, out int length);
            at += WriteOne(destination[at..], "skytree-offset"u8, text[..length]);
        }

        if ((wanted & StoredProperties.Time) != 0)
        {
            DateTimeOffset.FromUnixTimeMilliseconds(message.TimestampMs)
                .TryFormat(text, out int length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
            at += WriteOne(destination[at..], "skytree-time"u8, text[..length]);
        }

        return at;
    }

    private static int WriteOne(Span<byte> destination, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        destination[0] = (byte)PropertyId.UserProperty;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)name.Length);
        name.CopyTo(destination[3..]);
        int at = 3 + name.Length;
        BinaryPrimitives.WriteUInt16BigEndian(destination[at..], (ushort)value.Length);
        value.CopyTo(destination[(at + 2)..]);
        return at + 2 + value.Length;
    }
}
