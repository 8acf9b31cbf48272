using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task Deleting_takes_messages_up_to_and_with_the_offset_from_one_topic()
    {
        await Store.AppendAsync([Message(1, "a", payload: "1"), Message(2, "b", payload: "22"), Message(3, "a", payload: "333"), Message(4, "b"), Message(5, "a", payload: "55555")]);

        await Store.GetQueue("a").DeleteByOffsetAsync(3);

        Assert.Equal([5], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
        Assert.Equal([2, 4], Offsets(await ReadWholeQueueAsync(Store.GetQueue("b"))));
        Assert.Equal([2, 4, 5], Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal(new TopicSummary("a", 1, 5, 5), await Store.GetQueue("a").GetSummaryAsync());
        Assert.Equal(new TopicSummary("b", 2, 2, 4), await Store.GetQueue("b").GetSummaryAsync());
    }

    [Fact]
    public async Task Deleting_up_to_an_offset_between_messages_takes_those_below()
    {
        await Store.AppendAsync([Message(10, "a"), Message(20, "a"), Message(30, "a")]);
        await Store.GetQueue("a").DeleteByOffsetAsync(25);
        Assert.Equal([30], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
    }

    [Fact]
    public async Task Deleting_again_or_nothing_is_harmless()
    {
        await Store.GetQueue("never/seen").DeleteByOffsetAsync(100);
        await Store.AppendAsync(Messages(1, 5, "a"));

        await Store.GetQueue("a").DeleteByOffsetAsync(0);
        await Store.GetQueue("b").DeleteByOffsetAsync(5);
        Assert.Equal(5, (await ReadWholeLogAsync(Store)).Count);

        await Store.GetQueue("a").DeleteByOffsetAsync(2);
        await Store.GetQueue("a").DeleteByOffsetAsync(2);
        Assert.Equal([3, 4, 5], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
        Assert.Equal(3, (await Store.GetQueue("a").GetSummaryAsync()).Count);
    }

    [Fact]
    public async Task An_emptied_topic_is_gone_until_its_next_message()
    {
        await Store.AppendAsync([Message(1, "a"), Message(2, "b"), Message(3, "a")]);
        await Store.GetQueue("a").DeleteByOffsetAsync(long.MaxValue);

        Assert.Equal(new TopicSummary("a", 0, 0, 0), await Store.GetQueue("a").GetSummaryAsync());
        Assert.Equal(["b"], (await ListAllTopicsAsync(Store)).Select(t => t.Topic));

        // What was asked to be deleted was what was there.
        await Store.AppendAsync([Message(4, "a", payload: "xy")]);
        Assert.Equal([new TopicSummary("a", 1, 2, 4), new TopicSummary("b", 1, 0, 2)], await ListAllTopicsAsync(Store));
        Assert.Equal([4], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
    }

    [Fact]
    public async Task The_last_offset_stays_when_every_message_is_deleted()
    {
        await Store.AppendAsync([Message(1, "a"), Message(2, "b")]);
        await Store.GetQueue("a").DeleteByOffsetAsync(2);
        await Store.GetQueue("b").DeleteByOffsetAsync(2);

        Assert.Equal(2, await Store.GetLastOffsetAsync());
        Assert.Empty(await ReadWholeLogAsync(Store));
        Assert.Empty(await ReadWholeLogAsync(Store, _ => true));
        Assert.Empty(await ListAllTopicsAsync(Store));
    }

    [Fact]
    public async Task Thousands_are_deleted_at_once()
    {
        await Store.AppendAsync([.. Enumerable.Range(1, 9_000).Select(i => Message(i, i % 3 == 0 ? "keep" : "drop", payload: "12345"))]);

        await Store.GetQueue("drop").DeleteByOffsetAsync(8_998);

        Assert.Equal([8_999], Offsets(await ReadWholeQueueAsync(Store.GetQueue("drop"))));
        Assert.Equal(new TopicSummary("drop", 1, 5, 8_999), await Store.GetQueue("drop").GetSummaryAsync());
        Assert.Equal(new TopicSummary("keep", 3_000, 15_000, 9_000), await Store.GetQueue("keep").GetSummaryAsync());
        Assert.Equal(3_001, (await ReadWholeLogAsync(Store, limit: 1_000)).Count);
    }

    [Fact]
    public async Task Deleting_the_log_takes_messages_of_all_topics_up_to_and_with_the_offset()
    {
        await Store.AppendAsync([Message(1, "a", payload: "1"), Message(3, "b", payload: "22"), Message(5, "a", payload: "333"), Message(7, "c"), Message(9, "a", payload: "55555")]);

        await Store.DeleteLogAsync(0);
        Assert.Equal(5, (await ReadWholeLogAsync(Store)).Count);

        await Store.DeleteLogAsync(6);
        await Store.DeleteLogAsync(5);
        Assert.Equal([7, 9], Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal([9], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
        Assert.Equal([new TopicSummary("a", 1, 5, 9), new TopicSummary("c", 1, 0, 7)], await ListAllTopicsAsync(Store));
        Assert.Equal(new TopicSummary("b", 0, 0, 0), await Store.GetQueue("b").GetSummaryAsync());

        // What was asked to be deleted was what was there.
        await Store.DeleteLogAsync(long.MaxValue);
        Assert.Empty(await ReadWholeLogAsync(Store));
        Assert.Equal(9, await Store.GetLastOffsetAsync());
        await Store.AppendAsync([Message(5, "a"), Message(9, "b"), Message(10, "a")]);
        Assert.Equal([10], Offsets(await ReadWholeLogAsync(Store)));
    }

    [Fact]
    public async Task Thousands_of_messages_and_topics_are_deleted_with_the_log()
    {
        await Store.AppendAsync([.. Enumerable.Range(1, 9_000).Select(i => Message(i, $"t/{i % 3_500:d4}", payload: "12345"))]);

        await Store.DeleteLogAsync(8_998);

        Assert.Equal([8_999, 9_000], Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal([new TopicSummary("t/1999", 1, 5, 8_999), new TopicSummary("t/2000", 1, 5, 9_000)], await ListAllTopicsAsync(Store));
    }
}
