using System.Buffers.Binary;
using SkyTree.Cluster.Peers.Frames;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class FrameBufferTests
{
    private const int Limit = 1024 * 1024;

    [Fact]
    public async Task Frames_of_many_threads_come_out_once_each_threads_in_order()
    {
        const int Threads = 4;
        const int Count = 200_000;
        FrameBuffer buffer = new(Limit);
        buffer.Open();
        Task[] appending = [.. Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            byte[] body = new byte[sizeof(int)];
            for (int i = 0; i < Count; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(body, i);
                while (!buffer.TryAppend((byte)thread, body.AsSpan(0, i % 4), body.AsSpan(i % 4)))
                {
                    await buffer.WaitForRoomAsync(TestContext.Current.CancellationToken);
                }
            }
        }))];

        int[] next = new int[Threads];
        for (int left = Threads * Count; left > 0;)
        {
            PooledBytes batch = (await buffer.TakeAsync())!;
            int frames = 0;
            for (int at = 0; at < batch.Length; frames++)
            {
                (byte kind, int length) = FrameFormat.ReadHeader(batch.Span[at..]);
                Assert.Equal(next[kind]++, BinaryPrimitives.ReadInt32LittleEndian(batch.Span[(at + FrameFormat.HeaderSize)..]));
                at += FrameFormat.HeaderSize + length;
            }

            Assert.Equal(frames, batch.Frames);
            left -= frames;
            buffer.Sent();
        }

        await Task.WhenAll(appending);
        Assert.Equal(0, buffer.PendingBytes);
    }

    [Fact]
    public async Task What_is_being_sent_counts_as_waiting()
    {
        FrameBuffer buffer = new(Limit);
        buffer.Open();
        byte[] half = new byte[(Limit / 2) - FrameFormat.HeaderSize];
        Assert.True(buffer.TryAppend(1, half, []));
        Assert.False(buffer.IsCongested);
        await buffer.TakeAsync();

        Assert.True(buffer.TryAppend(1, [], half));
        Assert.True(buffer.IsCongested);
        Assert.False(buffer.TryAppend(1, [], []));

        buffer.Sent();
        Assert.True(buffer.TryAppend(1, [], []));
    }

    [Fact]
    public async Task Closed_it_takes_nothing_and_keeps_nobody_waiting()
    {
        FrameBuffer buffer = new(Limit);
        Assert.False(buffer.TryAppend(1, [], []));
        Assert.Null(await buffer.TakeAsync());
        buffer.Open();
        ValueTask<PooledBytes?> taking = buffer.TakeAsync();
        Assert.False(taking.IsCompleted);

        buffer.Close();

        Assert.Null(await taking);
        await buffer.WaitForRoomAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, buffer.Clear());
    }

    [Fact]
    public async Task Opened_again_it_has_nothing_of_before()
    {
        FrameBuffer buffer = new(Limit);
        buffer.Open();
        Assert.True(buffer.TryAppend(1, [], [1]));
        await buffer.TakeAsync();
        Assert.True(buffer.TryAppend(1, [], new byte[300_000]));
        Assert.True(buffer.TryAppend(1, [], new byte[300_000]));
        buffer.Close();

        Assert.Equal(3, buffer.Clear());
        Assert.Equal(0, buffer.PendingBytes);
        buffer.Open();
        Assert.True(buffer.TryAppend(2, [], [2]));
        using PooledBytes? batch = await buffer.TakeAsync();
        Assert.Equal([1, 0, 0, 0, 2, 2], batch!.Span.ToArray());
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 7 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 7, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 127, 7, 0 })]
    public void A_frame_that_reaches_beyond_its_message_is_found(byte[] message)
        => Assert.Throws<InvalidDataException>(() => FrameFormat.ReadHeader(message));
}
