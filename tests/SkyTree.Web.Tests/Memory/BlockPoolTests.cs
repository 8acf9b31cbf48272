using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using SkyTree.AspNetCore.Memory;
using Xunit;

namespace SkyTree.Web.Tests.Memory;

public sealed class BlockPoolTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly BlockPool _pool;

    public BlockPoolTests() => _pool = new BlockPool(_time);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_returned_block_is_the_next_to_be_rented()
    {
        IMemoryOwner<byte> block = _pool.Rent();
        Assert.Equal(BlockPool.BlockSize, block.Memory.Length);
        block.Dispose();
        Assert.Same(block, _pool.Rent(BlockPool.BlockSize));
        Assert.NotSame(block, _pool.Rent());
    }

    [Fact]
    public void A_block_that_is_returned_twice_is_rented_once()
    {
        IMemoryOwner<byte> block = _pool.Rent();
        block.Dispose();
        block.Dispose();
        Assert.Equal(1, _pool.Kept);
    }

    [Fact]
    public void More_than_a_block_is_not_to_be_had()
        => Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(BlockPool.BlockSize + 1));

    [Fact]
    public void No_more_than_the_bound_is_kept()
    {
        RentAndReturn(BlockPool.MaximumKept + 5);
        Assert.Equal(BlockPool.MaximumKept, _pool.Kept);
    }

    [Fact]
    public void What_a_busy_time_left_behind_is_forgotten()
    {
        RentAndReturn(1000);
        for (int i = 0; i < 15; i++)
        {
            _time.Advance(BlockPool.TrimPeriod);
        }

        Assert.Equal(0, _pool.Kept);
    }

    [Fact]
    public void What_is_in_use_now_and_then_stays()
    {
        RentAndReturn(1000);
        for (int i = 0; i < 15; i++)
        {
            RentAndReturn(300);
            _time.Advance(BlockPool.TrimPeriod);
        }

        Assert.InRange(_pool.Kept, 300, 301);
    }

    private void RentAndReturn(int count)
    {
        IMemoryOwner<byte>[] blocks = [.. Enumerable.Range(0, count).Select(_ => _pool.Rent())];
        Array.ForEach(blocks, block => block.Dispose());
    }
}
