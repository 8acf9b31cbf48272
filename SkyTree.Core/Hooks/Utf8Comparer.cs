using System.IO.Hashing;

namespace SkyTree.Core.Hooks;

/// <summary>Compares topics byte by byte. Clients choose them, so their hashes cannot be foretold.</summary>
internal sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private static readonly long s_seed = Random.Shared.NextInt64();

    private Utf8Comparer()
    {
    }

    public static Utf8Comparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate, s_seed);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
