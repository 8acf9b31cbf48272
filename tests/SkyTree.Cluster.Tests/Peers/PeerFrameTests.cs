using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Tests.Network;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerFrameTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Frames_arrive_whole_and_in_order_many_in_a_message()
    {
        const int Count = 100_000;
        int seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        Random expected = new(seed);
        int received = 0;
        int wrong = 0;
        to.Handler.Frame = (node, kind, body) =>
        {
            (byte k, byte[] b) = NextFrame(expected);
            wrong += node == from.Id && k == kind && body.ToArray().AsSpan().SequenceEqual(b) ? 0 : 1;
            Volatile.Write(ref received, received + 1);
        };
        PeerLink link = await from.LinkToAsync(to.Address);

        Random random = new(seed);
        for (int i = 0; i < Count; i++)
        {
            (byte kind, byte[] body) = NextFrame(random);
            int split = body.Length / 3;
            while (!link.TrySend(kind, body.AsSpan(0, split), body.AsSpan(split)))
            {
                await link.WaitForRoomAsync(TestContext.Current.CancellationToken);
            }
        }

        await Eventually.HoldsAsync(() => Volatile.Read(ref received) == Count);
        Assert.True(wrong == 0, $"{wrong} frames differ, seed {seed}");
        Assert.InRange(to.Handler.Batches, 1, Count / 2);
        Assert.Equal(0, link.LostFrames);
    }

    [Fact]
    public async Task A_frame_larger_than_a_message_has_one_of_its_own()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        List<long> lengths = [];
        to.Handler.Frame = (_, _, body) => lengths.Add(body.Length);
        PeerLink link = await from.LinkToAsync(to.Address);
        int largest = from.Options.BufferBytes - 5;

        Assert.False(link.TrySend(1, [], new byte[largest + 1]));
        Assert.True(link.TrySend(1, [], new byte[largest]));
        await Eventually.HoldsAsync(() => link.PendingBytes == 0);
        Assert.True(link.TrySend(1, [], []));
        await Eventually.HoldsAsync(() => to.Handler.Batches == 2);

        Assert.Equal([largest, 0], lengths);
    }

    [Fact]
    public async Task Order_holds_over_reconnects_and_nothing_comes_twice()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority, options => options with { LongestBackOff = options.ShortestBackOff });
        long last = -1;
        long received = 0;
        int disorder = 0;
        to.Handler.Frame = (_, _, body) =>
        {
            long number = BinaryPrimitives.ReadInt64LittleEndian(body.FirstSpan);
            disorder += number > last ? 0 : 1;
            last = number;
            Volatile.Write(ref received, received + 1);
        };
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        using CancellationTokenSource stop = new();
        Task<long> sending = SendNumbersAsync(link, stop.Token);

        for (int cut = 1; cut <= 10; cut++)
        {
            long before = Volatile.Read(ref received);
            await Eventually.HoldsAsync(() => Volatile.Read(ref received) > before + 1000);
            proxy.CutAll();
            await Eventually.HoldsAsync(() => link.IsConnected && from.Handler.LinkUps == cut + 1);
        }

        await stop.CancelAsync();
        long sent = await sending.WaitAsync(Eventually.Deadline);
        await Eventually.HoldsAsync(() => Volatile.Read(ref last) == sent);
        Assert.Equal(0, disorder);
        Assert.Equal(10, from.Handler.LinkDowns);
        Assert.Equal(11, to.Handler.Connects);
    }

    [Fact]
    public async Task A_receiver_that_stalls_costs_no_more_than_the_buffers_and_keeps_its_link()
    {
        using ManualResetEventSlim gate = new();
        await using TestNode to = TestNode.Start(_authority, options => options with { PingInterval = TimeSpan.FromMilliseconds(100) });
        await using TestNode from = TestNode.Start(
            _authority, options => options with { BufferBytes = 4 * 1024 * 1024, PingInterval = TimeSpan.FromMilliseconds(100) });
        long received = 0;
        to.Handler.Frame = (_, _, _) =>
        {
            gate.Wait();
            Volatile.Write(ref received, received + 1);
        };
        PeerLink link = await from.LinkToAsync(to.Address);
        byte[] body = new byte[1024];

        // Requests are answered meanwhile, and pings: longer than an unanswered one is borne.
        long sent = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1.2))
        {
            while (link.TrySend(1, [], body))
            {
                sent++;
            }

            await link.RequestAsync(1, body, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }

        Assert.True(link.IsCongested);
        Assert.InRange(link.PendingBytes, (from.Options.BufferBytes / 2) + 1, from.Options.BufferBytes);
        // What is under way beside it: the stream's window, a message on each side, the library's and the sockets' buffers.
        Assert.InRange(sent * (body.Length + 5), from.Options.BufferBytes, from.Options.BufferBytes + (4 * 1024 * 1024));
        ValueTask room = link.WaitForRoomAsync(TestContext.Current.CancellationToken);
        Assert.False(room.IsCompleted);

        gate.Set();
        await room.AsTask().WaitAsync(Eventually.Deadline);
        await Eventually.HoldsAsync(() => Volatile.Read(ref received) == sent);
        Assert.Equal(1, from.Handler.LinkUps);
        Assert.Equal(0, from.Handler.LinkDowns);
    }

    [Fact]
    public async Task Who_waits_for_room_is_woken_when_the_link_is_lost()
    {
        using ManualResetEventSlim gate = new();
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority);
        to.Handler.Frame = (_, _, _) => gate.Wait();
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        int sent = 0;
        while (link.TrySend(1, [], new byte[10_000]))
        {
            sent++;
        }

        ValueTask room = link.WaitForRoomAsync(TestContext.Current.CancellationToken);
        proxy.Refuses = true;
        proxy.CutAll();
        await room.AsTask().WaitAsync(Eventually.Deadline);

        await Eventually.HoldsAsync(() => from.Handler.LinkDowns == 1);
        Assert.False(link.IsConnected);
        Assert.False(link.TrySend(1, [], []));
        Assert.Equal(0, link.PendingBytes);
        Assert.InRange(link.LostFrames, 1, sent);
        gate.Set();
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_stream_and_it_begins_anew()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        int good = 0;
        to.Handler.Frame = (_, kind, _) =>
        {
            if (kind == 9)
            {
                throw new FormatException("not a frame of ours");
            }

            Interlocked.Increment(ref good);
        };
        PeerLink link = await from.LinkToAsync(to.Address);

        Assert.True(link.TrySend(9, [], []));
        await Eventually.HoldsAsync(() => from.Handler.LinkUps == 2 && link.IsConnected);
        Assert.True(link.TrySend(1, [], []));

        await Eventually.HoldsAsync(() => Volatile.Read(ref good) == 1);
        Assert.Contains(to.Log.Lines, line => line.Event == 4106 && line.Text.Contains("not a frame of ours", StringComparison.Ordinal));
    }

    private static (byte Kind, byte[] Body) NextFrame(Random random)
    {
        int length = random.Next(1000) switch
        {
            0 => random.Next(1, 400_000),
            < 100 => 0,
            _ => random.Next(300),
        };
        byte[] body = new byte[length];
        random.NextBytes(body);
        return ((byte)random.Next(256), body);
    }

    /// <summary>Sends rising numbers; returns the last that was taken, after all before it had their chance.</summary>
    private static async Task<long> SendNumbersAsync(PeerLink link, CancellationToken stop)
    {
        byte[] body = new byte[100];
        long last = -1;
        for (long number = 0; !stop.IsCancellationRequested; number++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(body, number);
            if (link.TrySend(1, [], body))
            {
                last = number;
            }

            if (number % 100 == 0)
            {
                await link.WaitForRoomAsync(CancellationToken.None);
                await Task.Yield();
            }
        }

        return last;
    }
}
