using System.Diagnostics;
using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics.Tracing;

/// <summary>The user properties <c>traceparent</c> and <c>tracestate</c>, as W3C Trace Context for MQTT has them.</summary>
internal static class TraceProperties
{
    private const int Length = 55; // 00-<32 hexadecimal digits>-<16>-<2>
    private const int Header = 1 + 2 + 11 + 2; // identifier, and both lengths and the name

    private static ReadOnlySpan<byte> ParentName => "traceparent"u8;

    private static ReadOnlySpan<byte> StateName => "tracestate"u8;

    /// <summary>The trace that properties tell of.</summary>
    /// <param name="properties">Encoded properties without their length, checked before.</param>
    /// <param name="context">The trace; empty when the answer is false.</param>
    public static bool TryRead(ReadOnlySpan<byte> properties, out ActivityContext context)
    {
        context = default;
        if (Find(properties) is not { } found)
        {
            return false;
        }

        ReadOnlySpan<byte> state = default;
        var reader = Reader(properties);
        while (reader.Read())
        {
            if (reader.Id == PropertyId.UserProperty && reader.Bytes.SequenceEqual(StateName))
            {
                state = reader.SecondBytes;
                break;
            }
        }

        return ActivityContext.TryParse(
            Encoding.UTF8.GetString(properties[found]),
            state.IsEmpty ? null : Encoding.UTF8.GetString(state),
            isRemote: true,
            out context);
    }

    /// <summary>Whether properties tell of a trace that is recorded.</summary>
    /// <param name="properties">Encoded properties without their length.</param>
    public static bool IsSampled(ReadOnlySpan<byte> properties) =>
        Find(properties) is { } found
        && char.IsAsciiHexDigit((char)properties[found][^1])
        && (Convert.ToInt32(((char)properties[found][^1]).ToString(), 16) & 1) != 0;

    /// <summary>Properties that tell of an activity: in the place where they told of its parent, else at the end.</summary>
    /// <param name="properties">Encoded properties without their length.</param>
    /// <param name="activity">The activity.</param>
    public static byte[] Put(ReadOnlySpan<byte> properties, Activity activity)
    {
        if (Find(properties) is { } found)
        {
            byte[] changed = properties.ToArray();
            Write(changed.AsSpan()[found], activity);
            return changed;
        }

        byte[] longer = new byte[properties.Length + Header + Length];
        properties.CopyTo(longer);
        Span<byte> added = longer.AsSpan(properties.Length);
        added[0] = (byte)PropertyId.UserProperty;
        added[2] = (byte)ParentName.Length;
        ParentName.CopyTo(added[3..]);
        added[Header - 1] = Length;
        Write(added[Header..], activity);
        return longer;
    }

    /// <summary>Has a PUBLISH to a client of MQTT 5.0 that tells of a trace tell of an activity.</summary>
    /// <param name="frame">The whole packet.</param>
    /// <param name="activity">The activity.</param>
    public static void Patch(Span<byte> frame, Activity activity)
    {
        int start = 1;
        while (frame[start++] >= 0x80)
        {
            // The Remaining Length goes on.
        }

        if (PublishView.TryParse(frame[0], frame[start..], ProtocolVersion.V5, fromServer: true, out PublishView publish, out _)
            && Find(publish.Properties) is { } found
            && ((ReadOnlySpan<byte>)frame).Overlaps(publish.Properties, out int at))
        {
            Write(frame[at..][found], activity);
        }
    }

    /// <summary>Where the first traceparent's value lies; null: there is none of the right length.</summary>
    private static Range? Find(ReadOnlySpan<byte> properties)
    {
        var reader = Reader(properties);
        while (reader.Read())
        {
            if (reader.Id == PropertyId.UserProperty && reader.SecondBytes.Length == Length && reader.Bytes.SequenceEqual(ParentName))
            {
                int at = reader.Start + Header;
                return at..(at + Length);
            }
        }

        return null;
    }

    private static PropertyReader Reader(ReadOnlySpan<byte> properties) => new(properties, PropertySets.Publish, repeatSubscriptionIdentifiers: true);

    private static void Write(Span<byte> value, Activity activity)
    {
        value[0] = value[1] = (byte)'0';
        value[2] = value[35] = value[52] = (byte)'-';
        Encoding.ASCII.GetBytes(activity.TraceId.ToHexString(), value[3..]);
        Encoding.ASCII.GetBytes(activity.SpanId.ToHexString(), value[36..]);
        value[53] = (byte)'0';
        value[54] = activity.Recorded ? (byte)'1' : (byte)'0';
    }
}
