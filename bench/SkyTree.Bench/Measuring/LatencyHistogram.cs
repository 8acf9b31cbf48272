using System.Numerics;

namespace SkyTree.Bench.Measuring;

/// <summary>Counts of latencies in buckets that are about 1.6 % wide, so recording is one increment.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;

    private readonly long[] _counts = new long[64 << SubBits];

    public void Record(long nanoseconds) => _counts[Bucket(Math.Max(nanoseconds, 0))]++;

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>The latency in microseconds below which the given share of the samples lies; 0 without samples.</summary>
    public double Percentile(double share)
    {
        long total = 0;
        foreach (long count in _counts)
        {
            total += count;
        }

        long wanted = (long)Math.Ceiling(total * share);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
            {
                return UpperEdge(i) / 1000.0;
            }
        }

        return 0;
    }

    private static int Bucket(long value)
    {
        if (value < 1 << SubBits)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)(value >> shift) - (1 << SubBits);
    }

    private static double UpperEdge(int bucket)
    {
        if (bucket < 1 << SubBits)
        {
            return bucket;
        }

        int shift = (bucket >> SubBits) - 1;
        return Math.ScaleB((bucket & ((1 << SubBits) - 1)) + (1 << SubBits) + 1, shift);
    }
}
