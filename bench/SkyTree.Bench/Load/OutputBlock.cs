using System.Runtime.InteropServices;
using SkyTree.Bench.Transports;

namespace SkyTree.Bench.Load;

/// <summary>Where a worker composes what it sends next; small enough to stay in the processor's cache.</summary>
internal sealed unsafe class OutputBlock : IDisposable
{
    private readonly byte* _start;
    private readonly int _capacity;
    private readonly int _batch;

    /// <summary>A block for the answers to one received block and then a batch of messages.</summary>
    public OutputBlock(int answers, int batch)
    {
        _capacity = answers + batch;
        _batch = batch;
        _start = (byte*)NativeMemory.Alloc((nuint)(_capacity + Transport.Headroom)) + Transport.Headroom;
    }

    public int Length { get; private set; }

    /// <summary>How much may be taken for messages.</summary>
    public int Room => Math.Min(_batch, _capacity - Length);

    public Span<byte> Take(int length)
    {
        Span<byte> taken = new(_start + Length, length);
        Length += length;
        return taken;
    }

    /// <summary>Adds a four-byte acknowledgement for the packet id at the front of a body.</summary>
    public void AddAnswer(int first, ReadOnlySpan<byte> body)
    {
        byte* answer = _start + Length;
        answer[0] = (byte)first;
        answer[1] = 2;
        answer[2] = body[0];
        answer[3] = body[1];
        Length += 4;
    }

    public void Clear() => Length = 0;

    public void SendTo(Transport transport)
    {
        int length = Length;
        Length = 0;
        transport.Send(_start, length);
    }

    public void Dispose() => NativeMemory.Free(_start - Transport.Headroom);
}
