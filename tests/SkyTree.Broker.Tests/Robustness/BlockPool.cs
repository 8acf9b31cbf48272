using System.Buffers;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Memory in blocks of one small size, so that a test decides where a sequence is cut into segments.</summary>
internal sealed class BlockPool(int blockSize) : MemoryPool<byte>
{
    public override int MaxBufferSize => blockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(new byte[blockSize]);

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(byte[] memory) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => memory;

        public void Dispose()
        {
        }
    }
}
