using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_new_store_is_empty()
    {
        Assert.Equal(0, await Store.GetLastOffsetAsync());
        Assert.Empty(await ReadWholeLogAsync(Store));
        Assert.Empty(await Store.ListTopicsAsync(null, null, 10));
        Assert.Null(await Store.FindOffsetAsync(long.MinValue));
        Assert.Empty(await Store.GetQueue("a").ReadByOffsetAsync(0, 10));
        Assert.Equal(new TopicSummary("a", 0, 0, 0), await Store.GetQueue("a").GetSummaryAsync());
    }

    [Fact]
    public async Task A_message_reads_back_with_every_field()
    {
        StoredMessage[] messages =
        [
            new()
            {
                Offset = 7, Topic = "a/b", TimestampMs = 1_700_000_000_123, ExpiresAtMs = 1_700_000_060_123, QoS = 2, Retain = true,
                PublisherId = "Sensor 1 ", Properties = new byte[] { 1, 1, 0 }, Payload = new byte[] { 0, 255, 39, 92, 10 },
            },
            new() { Offset = 8, Topic = "a/b", TimestampMs = 1_700_000_000_124, ExpiresAtMs = long.MaxValue, QoS = 1, PublisherId = "𝒫'\"\\%_?" },
            new() { Offset = long.MaxValue, Topic = "a/b", TimestampMs = 1_700_000_000_124, PublisherId = new string('p', 65_535) },
        ];

        await Store.AppendAsync(messages);

        AssertSame(messages, await ReadWholeLogAsync(Store));
        AssertSame(messages, await ReadWholeQueueAsync(Store.GetQueue("a/b")));
        Assert.Equal(long.MaxValue, await Store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task An_empty_batch_changes_nothing()
    {
        await Store.AppendAsync([]);
        Assert.Equal(0, await Store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task Appending_a_batch_again_changes_nothing()
    {
        List<StoredMessage> batch = [Message(1, "a", payload: "first"), Message(2, "b", payload: "second")];
        await Store.AppendAsync(batch);
        TopicSummary summary = await Store.GetQueue("a").GetSummaryAsync();

        await Store.AppendAsync([Message(1, "a", payload: "another"), Message(2, "c", payload: "other")]);

        AssertSame(batch, await ReadWholeLogAsync(Store));
        Assert.Equal(summary, await Store.GetQueue("a").GetSummaryAsync());
        Assert.Equal(["a", "b"], (await ListAllTopicsAsync(Store)).Select(t => t.Topic));
        Assert.Equal(2, await Store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task A_batch_of_which_a_part_is_there_adds_the_rest()
    {
        List<StoredMessage> all = Messages(1, 10, "a");
        await Store.AppendAsync(all[..4]);

        await Store.AppendAsync(all[2..]);

        AssertSame(all, await ReadWholeQueueAsync(Store.GetQueue("a")));
        AssertSame(all, await ReadWholeLogAsync(Store));
        Assert.Equal(10, (await Store.GetQueue("a").GetSummaryAsync()).Count);
    }

    [Fact]
    public async Task A_deleted_message_does_not_come_back_when_its_batch_is_appended_again()
    {
        List<StoredMessage> batch = Messages(1, 5, "a");
        await Store.AppendAsync(batch);
        await Store.GetQueue("a").DeleteByOffsetAsync(3);

        await Store.AppendAsync([.. batch, Message(6, "a")]);

        Assert.Equal([4, 5, 6], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
        Assert.Equal([4, 5, 6], Offsets(await ReadWholeLogAsync(Store)));
    }

    [Fact]
    public async Task Offsets_may_have_gaps()
    {
        await Store.AppendAsync([Message(10, "a"), Message(1_000_000, "b")]);
        await Store.AppendAsync([Message(5_000_000_000, "a")]);

        Assert.Equal([10, 1_000_000, 5_000_000_000], Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal([5_000_000_000], Offsets(await Store.GetQueue("a").ReadByOffsetAsync(11, 10)));
        Assert.Equal(5_000_000_000, await Store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task A_large_batch_of_many_topics_is_appended_whole()
    {
        List<StoredMessage> batch = [.. Enumerable.Range(1, 3_000).Select(i => Message(i, $"topic/{i % 700}", payload: $"{i}"))];

        await Store.AppendAsync(batch);

        AssertSame(batch, await ReadWholeLogAsync(Store, limit: 1_000));
        Assert.Equal(700, (await ListAllTopicsAsync(Store)).Count);
        AssertSame([.. batch.Where(m => m.Topic == "topic/42")], await ReadWholeQueueAsync(Store.GetQueue("topic/42")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(65_536)]
    [InlineData(1_048_576)]
    public async Task Payload_and_properties_are_any_bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        StoredMessage message = Message(1, "a") with { Payload = bytes, Properties = bytes };

        await Store.AppendAsync([message]);

        AssertSame([message], await ReadWholeLogAsync(Store));
        AssertSame([message], await ReadWholeQueueAsync(Store.GetQueue("a")));
        Assert.Equal(new TopicSummary("a", 1, 2L * length, 1), await Store.GetQueue("a").GetSummaryAsync());
    }

    [Fact]
    public async Task A_payload_may_be_part_of_a_larger_array()
    {
        byte[] buffer = [1, 2, 3, 4, 5, 6];
        await Store.AppendAsync([Message(1, "a") with { Payload = buffer.AsMemory(2, 3), Properties = buffer.AsMemory(0, 1) }]);

        StoredMessage read = Assert.Single(await ReadWholeLogAsync(Store));
        Assert.Equal([3, 4, 5], read.Payload.ToArray());
        Assert.Equal([1], read.Properties.ToArray());
    }

    [Fact]
    public async Task Many_large_payloads_go_in_one_batch()
    {
        List<StoredMessage> batch = [.. Enumerable.Range(1, 20).Select(i => Message(i, "a") with { Payload = new byte[1_048_576] })];

        await Store.AppendAsync(batch);

        Assert.Equal(20, (await ReadWholeLogAsync(Store, limit: 7)).Count);
        Assert.Equal(20L * 1_048_576, (await Store.GetQueue("a").GetSummaryAsync()).Bytes);
    }
}
