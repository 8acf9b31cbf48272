using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace SkyTree.AspNetCore.Memory;

/// <summary>Gives every part of Kestrel the same pool; each would keep blocks of its own otherwise.</summary>
internal sealed class BlockPoolFactory(BlockPool pool) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Shared(pool);

    /// <summary>Kestrel disposes of what it created; the pool itself outlives that.</summary>
    private sealed class Shared(BlockPool pool) : MemoryPool<byte>
    {
        public override int MaxBufferSize => BlockPool.BlockSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => pool.Rent(minBufferSize);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
