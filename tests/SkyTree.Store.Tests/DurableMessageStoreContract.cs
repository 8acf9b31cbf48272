using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

/// <summary>What a <see cref="MessageStore"/> promises beside <see cref="MessageStoreContract"/> when it outlives the process.</summary>
public abstract class DurableMessageStoreContract : MessageStoreContract
{
    protected override bool OutlivesTheProcess => true;

    [Fact]
    public async Task Everything_is_there_after_the_store_is_opened_again()
    {
        List<StoredMessage> all =
        [
            Message(1, "a", 100, "one") with { Properties = new byte[] { 9 }, QoS = 1, Retain = true, PublisherId = "p", ExpiresAtMs = 5 },
            Message(2, "B ", 200), Message(3, "a", 300, "three"),
        ];
        await Store.AppendAsync(all);
        List<TopicSummary> topics = await ListAllTopicsAsync(Store);

        MessageStore again = await ReopenStoreAsync(Store, "main");

        AssertSame(all, await ReadWholeLogAsync(again));
        Assert.Equal(topics, await ListAllTopicsAsync(again));
        Assert.Equal(2, await again.FindOffsetAsync(101));
        await again.AppendAsync([.. all, Message(4, "a", 400)]);
        Assert.Equal([1, 3, 4], Offsets(await ReadWholeQueueAsync(again.GetQueue("a"))));
    }

    [Fact]
    public async Task The_last_offset_is_there_after_everything_was_deleted_and_the_store_opened_again()
    {
        await Store.AppendAsync(Messages(1, 5, "a"));
        await Store.GetQueue("a").DeleteByOffsetAsync(5);

        MessageStore again = await ReopenStoreAsync(Store, "main");

        Assert.Equal(5, await again.GetLastOffsetAsync());
        await again.AppendAsync(Messages(1, 6, "a"));
        Assert.Equal([6], Offsets(await ReadWholeLogAsync(again)));
    }
}
