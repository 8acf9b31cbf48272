namespace SkyTree.Store.RocksDb;

internal static class Prefix
{
    /// <summary>The first key after all that begin with a prefix; empty when there is none, for nothing but 0xFF.</summary>
    public static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return [];
        }

        byte[] end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return end;
    }
}
