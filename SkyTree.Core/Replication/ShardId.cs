using System.Buffers;
using System.IO.Hashing;
using System.Text;

namespace SkyTree.Core.Replication;

/// <summary>
/// A part of the replicated state that has an order, and a log, of its own. There is one; docs/adr/0007 says what more of
/// them would take.
/// </summary>
/// <param name="Number">From 0 on. It is in every entry of the log.</param>
internal readonly record struct ShardId(ushort Number)
{
    /// <summary>How many there are.</summary>
    public const int Count = 1;

    // Apart, so that a client's session and a topic of its name fall together no more often than others. For ever: what is
    // stored lies where they say.
    private const long TopicSeed = 0x546F706963;
    private const long ClientSeed = 0x436C69656E74;
    private const int OnStack = 512;

    /// <summary>The one where nodes come and go, and everything is that belongs to no topic and no client alone.</summary>
    public static ShardId First => default;

    /// <summary>The one of a topic: its stored and its retained messages.</summary>
    public static ShardId Of(string topic) => Of(topic, Count);

    /// <summary>The one of a client identifier: its session, with the subscriptions, the cursor and the Will.</summary>
    public static ShardId OfClient(string clientId) => OfClient(clientId, Count);

    /// <summary>The one of a topic, among so many.</summary>
    internal static ShardId Of(string topic, int count) => Find(topic, TopicSeed, count);

    /// <summary>The one of a client identifier, among so many.</summary>
    internal static ShardId OfClient(string clientId, int count) => Find(clientId, ClientSeed, count);

    private static ShardId Find(string key, long seed, int count)
    {
        if (count == 1)
        {
            return First;
        }

        byte[]? rented = null;
        int most = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = most <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(most);
        ulong hash = XxHash3.HashToUInt64(bytes[..Encoding.UTF8.GetBytes(key, bytes)], seed);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new ShardId((ushort)(hash % (uint)count));
    }
}
