using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SkyTree.Bench.Load;

/// <summary>
/// The first bytes of every payload: the time it was (due to be) sent, 0 where not measured, its publisher and its
/// number. Written and read by this process alone, so in the machine's own byte order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Stamp(long sentAt, int publisher, long sequence)
{
    public const int Size = 16;
    private const int SequenceBits = 44;

    private readonly long _sentAt = sentAt;
    private readonly long _source = ((long)publisher << SequenceBits) | sequence;

    public long SentAt => _sentAt;

    public int Publisher => (int)(_source >> SequenceBits);

    public long Sequence => _source & ((1L << SequenceBits) - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Stamp Read(ReadOnlySpan<byte> payload) => MemoryMarshal.Read<Stamp>(payload);
}
