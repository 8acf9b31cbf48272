using System.Numerics;

namespace SkyTree.Core.Connections;

/// <summary>Buffers that a <see cref="Fanout"/> encodes into; a thread keeps one set and takes another only when nested.</summary>
internal sealed class FrameScratch
{
    /// <summary>The buffer for packets that only one subscriber gets.</summary>
    public const int Special = 4;

    private const int LargestKept = 256 * 1024;

    [ThreadStatic]
    private static FrameScratch? t_free;

    public byte[][] Buffers { get; } = [[], [], [], [], []];

    public static FrameScratch Take()
    {
        FrameScratch scratch = t_free ?? new FrameScratch();
        t_free = null;
        return scratch;
    }

    public static byte[] Fit(byte[] buffer, int length) =>
        buffer.Length >= length ? buffer : GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 256)));

    public byte[] Fit(int index, int length) => Buffers[index] = Fit(Buffers[index], length);

    public void Return()
    {
        foreach (ref byte[] buffer in Buffers.AsSpan())
        {
            if (buffer.Length > LargestKept)
            {
                buffer = [];
            }
        }

        t_free = this;
    }
}
