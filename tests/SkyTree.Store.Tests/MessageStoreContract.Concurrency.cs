using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    private const int Batches = 100;
    private const int BatchSize = 20;

    [Fact]
    public async Task Readers_see_every_append_in_order_while_more_are_made()
    {
        string[] topics = ["a", "b", "c"];
        const long last = Batches * BatchSize;

        async Task AppendAllAsync()
        {
            for (long first = 1; first <= last; first += BatchSize)
            {
                long from = first;
                await Store.AppendAsync([.. Enumerable.Range(0, BatchSize).Select(i => Message(from + i, topics[(from + i) % 3]))]);

                // An append that has completed is seen at once.
                long end = from + BatchSize - 1;
                Assert.Equal(end, await Store.GetLastOffsetAsync());
                Assert.Equal([end], Offsets((await Store.ReadLogAsync(end - 1, null, 10)).Messages));
            }
        }

        async Task FollowLogAsync(Func<string, bool>? filter, long[] expected)
        {
            List<long> seen = [];
            long after = 0;
            while (seen.Count < expected.Length)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                LogPage page = await Store.ReadLogAsync(after, filter, 50);
                seen.AddRange(Offsets(page.Messages));
                Assert.True(page.Next >= after);
                if (page.Next == after)
                {
                    await Task.Yield();
                }

                after = page.Next;
            }

            Assert.Equal(expected, seen);
        }

        async Task FollowQueueAsync(string topic, long[] expected)
        {
            List<long> seen = [];
            while (seen.Count < expected.Length)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                IReadOnlyList<StoredMessage> page = await Store.GetQueue(topic).ReadByOffsetAsync(seen.LastOrDefault(), 50);
                seen.AddRange(Offsets(page));
                await Task.Yield();
            }

            Assert.Equal(expected, seen);
        }

        long[] all = [.. Enumerable.Range(1, (int)last)];
        long[] ofA = [.. all.Where(o => o % 3 == 0)];
        await Task.WhenAll(
            Task.Run(AppendAllAsync),
            Task.Run(() => FollowLogAsync(null, all)),
            Task.Run(() => FollowLogAsync(t => t == "a", ofA)),
            Task.Run(() => FollowQueueAsync("a", ofA))).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Deleting_while_appending_loses_nothing_that_was_not_deleted()
    {
        const long last = Batches * BatchSize;
        using CancellationTokenSource appended = new();

        async Task AppendAllAsync()
        {
            for (long first = 1; first <= last; first += BatchSize)
            {
                await Store.AppendAsync(Messages(first, first + BatchSize - 1, "a"));
            }

            await appended.CancelAsync();
        }

        async Task<long> DeleteHalfAsync()
        {
            long deleted = 0;
            while (!appended.IsCancellationRequested)
            {
                deleted = await Store.GetLastOffsetAsync() / 2;
                await Store.GetQueue("a").DeleteByOffsetAsync(deleted);
                await Task.Yield();
            }

            return deleted;
        }

        Task<long> deleting = Task.Run(DeleteHalfAsync);
        await Task.WhenAll(Task.Run(AppendAllAsync), deleting).WaitAsync(TimeSpan.FromMinutes(2));

        long[] left = [.. Enumerable.Range(1, (int)last).Select(i => (long)i).Where(i => i > deleting.Result)];
        List<StoredMessage> queue = await ReadWholeQueueAsync(Store.GetQueue("a"));
        Assert.Equal(left, Offsets(queue));
        Assert.Equal(left, Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal(
            new TopicSummary("a", left.Length, queue.Sum(m => (long)m.Payload.Length), last),
            await Store.GetQueue("a").GetSummaryAsync());
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled_and_leaves_the_store_whole()
    {
        await Store.AppendAsync(Messages(1, 3, "a"));
        CancellationToken cancelled = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.AppendAsync(Messages(4, 6, "a"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetLastOffsetAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadLogAsync(0, null, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.FindOffsetAsync(0, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListTopicsAsync(null, null, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetQueue("a").ReadByOffsetAsync(0, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetQueue("a").DeleteByOffsetAsync(1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetQueue("a").GetSummaryAsync(cancelled));

        await Store.AppendAsync(Messages(4, 6, "a"));
        Assert.Equal([1, 2, 3, 4, 5, 6], Offsets(await ReadWholeLogAsync(Store)));
    }

    [Fact]
    public async Task Appending_again_after_a_cancelled_append_completes_it()
    {
        List<StoredMessage> all = Messages(1, 5_000, "a");
        for (int i = 0; i < 10; i++)
        {
            using CancellationTokenSource source = new();
            List<StoredMessage> batch = all[(i * 500)..((i + 1) * 500)];
            Task appending = Store.AppendAsync(batch, source.Token).AsTask();
            await source.CancelAsync();
            try
            {
                await appending;
            }
            catch (OperationCanceledException)
            {
                await Store.AppendAsync(batch);
            }
        }

        AssertSame(all, await ReadWholeQueueAsync(Store.GetQueue("a"), limit: 1_000));
        AssertSame(all, await ReadWholeLogAsync(Store, limit: 1_000));
        Assert.Equal(5_000, (await Store.GetQueue("a").GetSummaryAsync()).Count);
    }
}
