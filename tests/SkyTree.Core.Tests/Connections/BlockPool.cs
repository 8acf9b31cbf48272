using System.Buffers;

namespace SkyTree.Core.Tests.Connections;

/// <summary>Keeps every block that it ever made, as Kestrel's pool does within its bound, so that pipes add no allocations of their own.</summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    private const int BlockSize = 32 * 1024;

    private readonly Stack<Block> _free = new(); // guarded by itself

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        lock (_free)
        {
            return _free.TryPop(out Block? block) ? block : new Block(this);
        }
    }

    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        lock (_free)
        {
            _free.Push(block);
        }
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[BlockSize];

        public void Dispose() => pool.Return(this);
    }
}
