using System.Buffers;

namespace SkyTree.AspNetCore.Memory;

/// <summary>
/// Pinned blocks of 32 KiB for all connections together, so that a batch of small packets lies in one piece. Keeps no
/// more than a bound, the hottest on top, and forgets what a busy time has left behind.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    public const int BlockSize = 32 * 1024;

    // 64 MiB; more is rented in a burst, and then left to the garbage collector.
    public const int MaximumKept = 2048;

    private readonly Lock _lock = new();
    private readonly ITimer _trimmer;

    // Under the lock: the blocks that wait, and the fewest that waited since the last trim; so many were not needed.
    private readonly Stack<Block> _blocks = new();
    private int _idle;

    public BlockPool(TimeProvider timeProvider)
        => _trimmer = timeProvider.CreateTimer(static pool => ((BlockPool)pool!).Trim(), this, TrimPeriod, TrimPeriod);

    public static TimeSpan TrimPeriod { get; } = TimeSpan.FromSeconds(10);

    public override int MaxBufferSize => BlockSize;

    /// <summary>Blocks that wait to be rented.</summary>
    public int Kept
    {
        get
        {
            lock (_lock)
            {
                return _blocks.Count;
            }
        }
    }

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        lock (_lock)
        {
            if (_blocks.TryPop(out Block? block))
            {
                _idle = Math.Min(_idle, _blocks.Count);
                block.IsRented = true;
                return block;
            }
        }

        return new Block(this);
    }

    protected override void Dispose(bool disposing) => _trimmer.Dispose();

    private void Return(Block block)
    {
        lock (_lock)
        {
            // Returned twice, the block would serve two connections.
            if (block.IsRented)
            {
                block.IsRented = false;
                if (_blocks.Count < MaximumKept)
                {
                    _blocks.Push(block);
                }
            }
        }
    }

    private void Trim()
    {
        lock (_lock)
        {
            for (int i = (_idle + 1) / 2; i > 0; i--)
            {
                _blocks.Pop();
            }

            _idle = _blocks.Count;
            _blocks.TrimExcess();
        }
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _array = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        // Under the pool's lock.
        public bool IsRented { get; set; } = true;

        public Memory<byte> Memory => _array;

        public void Dispose() => pool.Return(this);
    }
}
