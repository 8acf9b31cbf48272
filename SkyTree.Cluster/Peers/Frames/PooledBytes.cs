using System.Buffers;

namespace SkyTree.Cluster.Peers.Frames;

/// <summary>Bytes in a rented array: one gRPC message of the paths on which nothing is allocated for each frame.</summary>
internal sealed class PooledBytes : IDisposable
{
    private byte[]? _array;

    private PooledBytes(byte[] array) => _array = array;

    /// <summary>Bytes that are used.</summary>
    public int Length { get; set; }

    /// <summary>Frames in it, where it holds frames to be sent.</summary>
    public int Frames { get; set; }

    /// <summary>Bytes that fit.</summary>
    public int Capacity => Array.Length;

    /// <summary>The whole array, used or not.</summary>
    public byte[] Array => _array ?? throw new ObjectDisposedException(nameof(PooledBytes));

    /// <summary>The bytes that are used.</summary>
    public ReadOnlySpan<byte> Span => Array.AsSpan(0, Length);

    /// <summary>An empty one with room for so many bytes.</summary>
    public static PooledBytes Rent(int capacity) => new(ArrayPool<byte>.Shared.Rent(capacity));

    /// <summary>Gives the array back; it must not be in use.</summary>
    public void Dispose()
    {
        if (_array is { } array)
        {
            _array = null;
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
