using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public sealed class InMemoryMessageStoreTests : MessageStoreContract
{
    protected override int Histories => 3_000;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place) => new(new InMemoryMessageStore());

    [Fact]
    public async Task Every_operation_completes_at_once()
    {
        InMemoryMessageStore store = (InMemoryMessageStore)Store;
        Assert.True(store.AppendAsync(Messages(1, 3_000, "a")).AsTask().IsCompletedSuccessfully);
        Assert.True(store.ReadLogAsync(0, _ => false, 1).AsTask().IsCompletedSuccessfully);
        Assert.True(store.FindOffsetAsync(0).AsTask().IsCompletedSuccessfully);
        Assert.True(store.ListTopicsAsync(null, null, 1).AsTask().IsCompletedSuccessfully);
        Assert.True(store.GetQueue("a").ReadByOffsetAsync(0, 1).AsTask().IsCompletedSuccessfully);
        Assert.True(store.GetQueue("a").DeleteByOffsetAsync(2_000).AsTask().IsCompletedSuccessfully);
        Assert.Equal(1_000, (await store.GetQueue("a").GetSummaryAsync()).Count);
    }

    [Fact]
    public void The_synchronous_forms_do_the_same()
    {
        InMemoryMessageStore store = (InMemoryMessageStore)Store;
        store.Append(Message(1, "a", payload: "x"));
        store.Append([Message(2, "b"), Message(3, "a", payload: "yz")]);
        store.Append(Message(3, "c"));

        List<StoredMessage> read = [];
        Assert.Equal(3, store.ReadLog(0, t => t == "a", read, 10));
        Assert.Equal([1, 3], Offsets(read));
        store.GetQueue("a").ReadByOffset(1, read, 10);
        Assert.Equal([1, 3, 3], Offsets(read));

        store.GetQueue("a").DeleteByOffset(1);
        Assert.Equal(new TopicSummary("a", 1, 2, 3), store.GetQueue("a").GetSummary());
        Assert.Equal(3, store.LastOffset);
    }
}
