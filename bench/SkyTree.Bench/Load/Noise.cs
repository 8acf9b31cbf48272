namespace SkyTree.Bench.Load;

/// <summary>Bytes that no store can make smaller, for payloads that are kept; the same in every process.</summary>
internal static class Noise
{
    private static readonly byte[] s_bytes = Make();

    /// <summary>Fills a payload. Two messages hardly ever have bytes in common, unless they are larger than half of it all.</summary>
    public static void Fill(Span<byte> payload, int publisher, long sequence)
    {
        int at = (int)((((ulong)sequence << 16) + (ulong)publisher) * 0x9E3779B97F4A7C15 >> 44); // 20 bits
        while (payload.Length > 0)
        {
            int count = Math.Min(payload.Length, s_bytes.Length - at);
            s_bytes.AsSpan(at, count).CopyTo(payload);
            payload = payload[count..];
            at = 0;
        }
    }

    private static byte[] Make()
    {
        byte[] bytes = new byte[1 << 20];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
