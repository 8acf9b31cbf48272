namespace SkyTree.Store.Redis.Layout;

/// <summary>
/// A topic as Redis sees it: each UTF-16 code unit in one to three bytes, as UTF-8 writes it. Redis compares bytes, and
/// these compare as ordinal order does; plain UTF-8 would put U+E000 to U+FFFF before what lies beyond.
/// </summary>
internal static class TopicKey
{
    /// <summary>Ends the topic in a member of <see cref="Keys.Topics"/>. No topic name has it, and nothing sorts before it.</summary>
    public const byte End = 0;

    private const byte AfterAllIds = 0xFF; // ids are digits

    public static byte[] ToBytes(string topic)
    {
        byte[] key = new byte[SizeOf(topic)];
        Write(topic, key);
        return key;
    }

    /// <summary>What comes before all of a topic's members, and behind those of the topics that sort before it.</summary>
    public static byte[] ToLowerBound(string topic)
    {
        int size = SizeOf(topic);
        byte[] bound = new byte[size + 1];
        Write(topic, bound);
        bound[size] = End;
        return bound;
    }

    /// <summary>What comes behind all of a topic's members, and before those of the topics that sort after it.</summary>
    public static byte[] ToUpperBound(string topic)
    {
        int size = SizeOf(topic);
        byte[] bound = new byte[size + 2];
        Write(topic, bound);
        bound[size] = End;
        bound[size + 1] = AfterAllIds;
        return bound;
    }

    public static string FromBytes(ReadOnlySpan<byte> key)
    {
        char[] topic = new char[key.Length];
        int length = 0;
        for (int at = 0; at < key.Length; length++)
        {
            int first = key[at++];
            topic[length] = (char)(first switch
            {
                < 0x80 => first,
                < 0xE0 => ((first & 0x1F) << 6) | (key[at++] & 0x3F),
                _ => ((first & 0x0F) << 12) | ((key[at++] & 0x3F) << 6) | (key[at++] & 0x3F),
            });
        }

        return new string(topic, 0, length);
    }

    /// <summary>Takes a member of <see cref="Keys.Topics"/> apart.</summary>
    public static (string Topic, string Id) FromMember(ReadOnlySpan<byte> member)
    {
        int end = member.IndexOf(End);
        return (FromBytes(member[..end]), System.Text.Encoding.ASCII.GetString(member[(end + 1)..]));
    }

    private static int SizeOf(string topic)
    {
        int size = 0;
        foreach (char unit in topic)
        {
            size += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        }

        return size;
    }

    private static void Write(string topic, Span<byte> destination)
    {
        int at = 0;
        foreach (char unit in topic)
        {
            if (unit < 0x80)
            {
                destination[at++] = (byte)unit;
                continue;
            }

            if (unit < 0x800)
            {
                destination[at++] = (byte)(0xC0 | (unit >> 6));
            }
            else
            {
                destination[at++] = (byte)(0xE0 | (unit >> 12));
                destination[at++] = (byte)(0x80 | ((unit >> 6) & 0x3F));
            }

            destination[at++] = (byte)(0x80 | (unit & 0x3F));
        }
    }
}
