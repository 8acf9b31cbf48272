using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Tests.Network;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerRequestTests : IDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Requests_are_answered_more_at_a_time_than_may_be_under_way()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority, options => options with { MaximumRequests = 8 });
        int current = 0;
        int most = 0;
        to.Handler.Request = async (kind, body, _) =>
        {
            int now = Interlocked.Increment(ref current);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref current);
            return new[] { kind }.Concat(body.ToArray()).ToArray();
        };
        PeerLink link = await from.LinkToAsync(to.Address);

        ReadOnlyMemory<byte>[] answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i
            => link.RequestAsync((byte)i, BitConverter.GetBytes(i), _long, TestContext.Current.CancellationToken)));

        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal([(byte)i, .. BitConverter.GetBytes(i)], answers[i].ToArray());
        }

        Assert.InRange(most, 1, 8);
    }

    [Fact]
    public async Task A_request_and_its_answer_may_be_empty_or_large()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        PeerLink link = await from.LinkToAsync(to.Address);
        byte[] large = new byte[16 * 1024 * 1024];
        new Random(1).NextBytes(large);

        Assert.True((await link.RequestAsync(1, large, _long, TestContext.Current.CancellationToken)).Span.SequenceEqual(large));
        Assert.Equal(0, (await link.RequestAsync(1, default, _long, TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task A_failure_says_which_it_is()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        to.Handler.Request = (kind, _, _) => throw (kind == 1
            ? new PeerException(PeerError.Refused, "not the leader")
            : new FormatException("broken"));
        PeerLink link = await from.LinkToAsync(to.Address);

        PeerException refused = await Assert.ThrowsAsync<PeerException>(() => link.RequestAsync(1, default, _long, CancellationToken.None));
        PeerException failed = await Assert.ThrowsAsync<PeerException>(() => link.RequestAsync(2, default, _long, CancellationToken.None));

        Assert.Equal((PeerError.Refused, "not the leader"), (refused.Error, refused.Message));
        Assert.Equal((PeerError.Failed, "FormatException: broken"), (failed.Error, failed.Message));
        Assert.Contains(to.Log.Lines, line => line.Event == 4107);
    }

    [Fact]
    public async Task A_request_times_out_and_the_other_node_is_told()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        TaskCompletionSource given = new();
        to.Handler.Request = async (_, _, cancellationToken) =>
        {
            using CancellationTokenRegistration _ = cancellationToken.Register(given.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        };
        PeerLink link = await from.LinkToAsync(to.Address);

        PeerException late = await Assert.ThrowsAsync<PeerException>(
            () => link.RequestAsync(1, default, TimeSpan.FromMilliseconds(100), CancellationToken.None));

        Assert.Equal(PeerError.TimedOut, late.Error);
        await given.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.True(link.IsConnected);
    }

    [Fact]
    public async Task A_caller_may_give_up()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        TaskCompletionSource given = new();
        using CancellationTokenSource caller = new();
        to.Handler.Request = async (_, _, cancellationToken) =>
        {
            using CancellationTokenRegistration _ = cancellationToken.Register(given.SetResult);
            await caller.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        };
        PeerLink link = await from.LinkToAsync(to.Address);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => link.RequestAsync(1, default, _long, caller.Token));
        await given.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_request_fails_at_once_when_the_link_is_lost_or_not_there()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority);
        TaskCompletionSource arrived = new();
        to.Handler.Request = async (_, _, cancellationToken) =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        };
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        Task<ReadOnlyMemory<byte>> request = link.RequestAsync(1, default, TimeSpan.FromHours(1), CancellationToken.None);
        await arrived.Task.WaitAsync(Eventually.Deadline);

        proxy.Refuses = true;
        proxy.CutAll();

        PeerException lost = await Assert.ThrowsAsync<PeerException>(() => request.WaitAsync(Eventually.Deadline));
        Assert.Equal(PeerError.NotConnected, lost.Error);
        await Eventually.HoldsAsync(() => !link.IsConnected);
        PeerException none = await Assert.ThrowsAsync<PeerException>(() => link.RequestAsync(1, default, _long, CancellationToken.None));
        Assert.Equal(PeerError.NotConnected, none.Error);
    }

    [Fact]
    public async Task A_file_is_fetched_while_frames_flow()
    {
        const long Size = (300L * 1024 * 1024) + 12_345;
        string path = Path.GetTempFileName();
        try
        {
            WriteMarked(path, Size);
            await using TestNode to = TestNode.Start(_authority);
            await using TestNode from = TestNode.Start(_authority);
            int frames = 0;
            to.Handler.Frame = (_, _, _) => Interlocked.Increment(ref frames);
            to.Handler.File = name => name == "checkpoint/1.sst" ? File.OpenRead(path) : null;
            PeerLink link = await from.LinkToAsync(to.Address);

            await using ComparingStream destination = new(File.OpenRead(path));
            Task fetch = link.FetchAsync("checkpoint/1.sst", destination, TestContext.Current.CancellationToken);
            int sent = 0;
            while (!fetch.IsCompleted)
            {
                sent += link.TrySend(1, [], "while"u8) ? 1 : 0;
                await Task.Delay(1);
            }

            await fetch;
            Assert.Equal(Size, destination.Position);
            await Eventually.HoldsAsync(() => Volatile.Read(ref frames) == sent);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1024 * 1024) - 1)]
    [InlineData(1024 * 1024)]
    [InlineData((1024 * 1024) + 1)]
    public async Task Files_of_all_sizes_arrive_whole(int size)
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);
        byte[] content = new byte[size];
        new Random(size).NextBytes(content);
        to.Handler.File = name => name == "größe" ? new MemoryStream(content) : null;
        PeerLink link = await from.LinkToAsync(to.Address);

        using MemoryStream destination = new();
        await link.FetchAsync("größe", destination, TestContext.Current.CancellationToken);

        Assert.True(destination.ToArray().AsSpan().SequenceEqual(content));
    }

    [Fact]
    public async Task A_fetch_fails_when_there_is_no_file_or_the_link_is_lost()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority);
        to.Handler.File = name => name == "a" ? new MemoryStream(new byte[50_000_000]) : null;
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));

        PeerException none = await Assert.ThrowsAsync<PeerException>(() => link.FetchAsync("b", Stream.Null, CancellationToken.None));
        Assert.Equal((PeerError.Refused, "there is no file 'b'"), (none.Error, none.Message));

        proxy.FromTarget.Stop();
        Task fetch = link.FetchAsync("a", Stream.Null, CancellationToken.None);
        proxy.CutAll();
        PeerException lost = await Assert.ThrowsAsync<PeerException>(() => fetch.WaitAsync(Eventually.Deadline));
        Assert.Equal(PeerError.NotConnected, lost.Error);
    }

    /// <summary>A file with holes, and its own offsets here and there.</summary>
    private static void WriteMarked(string path, long size)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(size);
        for (long at = 0; at < size - sizeof(long); at += 99_991)
        {
            file.Position = at;
            file.Write(BitConverter.GetBytes(at + 1));
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int current = Volatile.Read(ref target);
        while (value > current)
        {
            int seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
            {
                return;
            }

            current = seen;
        }
    }
}
