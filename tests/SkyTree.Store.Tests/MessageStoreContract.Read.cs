using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(1_000)]
    public async Task A_queue_is_read_in_pages_in_rising_order(int limit)
    {
        List<StoredMessage> all = [.. Enumerable.Range(1, 30).Select(i => Message(i, i % 3 == 0 ? "fizz" : "other", payload: $"{i}"))];
        await Store.AppendAsync(all);

        AssertSame([.. all.Where(m => m.Topic == "fizz")], await ReadWholeQueueAsync(Store.GetQueue("fizz"), limit));
    }

    [Fact]
    public async Task A_page_is_full_while_there_is_more()
    {
        await Store.AppendAsync(Messages(1, 30, "a"));

        Assert.Equal([4, 5, 6], Offsets(await Store.GetQueue("a").ReadByOffsetAsync(3, 3)));
        Assert.Equal([4, 5, 6], Offsets((await Store.ReadLogAsync(3, null, 3)).Messages));
    }

    [Fact]
    public async Task Reading_after_the_last_message_gives_nothing()
    {
        await Store.AppendAsync(Messages(1, 3, "a"));

        Assert.Empty(await Store.GetQueue("a").ReadByOffsetAsync(3, 10));
        Assert.Empty(await Store.GetQueue("a").ReadByOffsetAsync(long.MaxValue, 10));
        LogPage end = await Store.ReadLogAsync(3, null, 10);
        Assert.Equal((0, 3L), (end.Messages.Count, end.Next));
        LogPage beyond = await Store.ReadLogAsync(99, null, 10);
        Assert.Equal((0, 99L), (beyond.Messages.Count, beyond.Next));
    }

    [Fact]
    public async Task A_queue_taken_before_its_first_message_reads_what_comes_later()
    {
        MessageQueue queue = Store.GetQueue("a");
        Assert.Equal("a", queue.Topic);
        await Store.AppendAsync(Messages(1, 2, "a"));
        Assert.Equal([1, 2], Offsets(await queue.ReadByOffsetAsync(0, 10)));

        await queue.DeleteByOffsetAsync(2);
        await Store.AppendAsync(Messages(3, 4, "a"));
        Assert.Equal([3, 4], Offsets(await queue.ReadByOffsetAsync(0, 10)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5_000)]
    public async Task The_log_reads_only_topics_that_the_filter_takes(int limit)
    {
        List<StoredMessage> all = [.. Enumerable.Range(1, 500).Select(i => Message(i, $"t/{i % 10}"))];
        await Store.AppendAsync(all);
        HashSet<string> wanted = ["t/3", "t/7"];

        AssertSame([.. all.Where(m => wanted.Contains(m.Topic))], await ReadWholeLogAsync(Store, wanted.Contains, limit));
    }

    [Fact]
    public async Task Reading_past_many_messages_that_the_filter_passes_over_comes_to_what_it_takes()
    {
        await Store.AppendAsync([.. Messages(1, 20_000, "noise"), Message(20_001, "wanted"), .. Messages(20_002, 40_000, "noise"), Message(40_001, "wanted"), Message(40_002, "noise")]);

        Assert.Equal([20_001, 40_001], Offsets(await ReadWholeLogAsync(Store, t => t == "wanted", limit: 5)));
        Assert.Empty(await ReadWholeLogAsync(Store, _ => false, limit: 5));

        // A reader that stands behind what was passed over goes on from there.
        LogPage end = await Store.ReadLogAsync(40_001, t => t == "wanted", 5);
        Assert.Equal(40_002, end.Next);
    }

    [Fact]
    public async Task A_page_that_the_limit_ended_goes_on_with_the_next_match()
    {
        await Store.AppendAsync([Message(1, "a"), Message(2, "b"), Message(3, "a"), Message(4, "b")]);

        LogPage page = await Store.ReadLogAsync(0, t => t == "b", 1);

        Assert.Equal([2], Offsets(page.Messages));
        Assert.InRange(page.Next, 2, 3);
        Assert.Equal([4], Offsets(await ReadWholeLogAsync(Store, t => t == "b", after: page.Next)));
    }

    [Fact]
    public async Task A_limit_below_one_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ReadLogAsync(0, null, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ListTopicsAsync(null, null, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.GetQueue("a").ReadByOffsetAsync(0, 0));
    }

    [Fact]
    public async Task A_time_finds_the_first_message_at_or_after_it()
    {
        await Store.AppendAsync([Message(1, "a", 100), Message(2, "b", 200), Message(3, "a", 200), Message(4, "a", 300)]);

        Assert.Equal(1, await Store.FindOffsetAsync(0));
        Assert.Equal(1, await Store.FindOffsetAsync(100));
        Assert.Equal(2, await Store.FindOffsetAsync(101));
        Assert.Equal(2, await Store.FindOffsetAsync(200));
        Assert.Equal(4, await Store.FindOffsetAsync(201));
        Assert.Equal(4, await Store.FindOffsetAsync(300));
        Assert.Null(await Store.FindOffsetAsync(301));
    }

    [Fact]
    public async Task A_time_is_found_although_the_clock_was_set_back()
    {
        await Store.AppendAsync([Message(1, "a", 100), Message(2, "b", 500), Message(3, "a", 200)]);
        await Store.AppendAsync([Message(4, "a", 300), Message(5, "a", 600)]);

        Assert.Equal(2, await Store.FindOffsetAsync(150));
        Assert.Equal(2, await Store.FindOffsetAsync(400));
        Assert.Equal(5, await Store.FindOffsetAsync(550));

        await Store.GetQueue("b").DeleteByOffsetAsync(2);
        Assert.Equal(3, await Store.FindOffsetAsync(150));
        Assert.Equal(4, await Store.FindOffsetAsync(250));
        Assert.Equal(5, await Store.FindOffsetAsync(400));
    }

    [Fact]
    public async Task A_time_does_not_find_a_deleted_message()
    {
        await Store.AppendAsync([Message(1, "a", 100), Message(2, "b", 200), Message(3, "a", 300)]);

        await Store.GetQueue("a").DeleteByOffsetAsync(1);
        Assert.Equal(2, await Store.FindOffsetAsync(0));
        await Store.GetQueue("a").DeleteByOffsetAsync(3);
        Assert.Null(await Store.FindOffsetAsync(201));
    }
}
