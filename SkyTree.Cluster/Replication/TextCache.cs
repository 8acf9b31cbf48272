using System.IO.Hashing;
using System.Text;

namespace SkyTree.Cluster.Replication;

/// <summary>Texts that come again and again as bytes, so that each need not be made anew. For any threads; what it forgets costs a text.</summary>
internal sealed class TextCache
{
    private const int Slots = 4096; // a power of two

    private readonly Entry?[] _entries = new Entry?[Slots]; // swapped whole

    /// <summary>The text of UTF-8 bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        ref Entry? slot = ref _entries[XxHash3.HashToUInt64(utf8) & (Slots - 1)];
        Entry? entry = Volatile.Read(ref slot);
        if (entry is null || !utf8.SequenceEqual(entry.Utf8))
        {
            entry = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
            Volatile.Write(ref slot, entry);
        }

        return entry.Text;
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
