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

    [Fact]
    public void Deleting_frees_the_messages_and_what_held_them()
    {
        InMemoryMessageStore store = (InMemoryMessageStore)Store;

        // One message in a thousand stays, each of which would keep its chunk if chunks never shrank.
        List<WeakReference> payloads = AppendAndDelete(store);
        GC.Collect();

        Assert.All(payloads, p => Assert.False(p.IsAlive));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int round = 0; round < 20; round++)
        {
            AppendAndDelete(store);
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(grown, long.MinValue, 20 * 20 * 2_000);
        Assert.Equal(21 * 20, store.GetQueue("keep").GetSummary().Count);
    }

    /// <summary>Appends 20,000 messages to a thousand topics and deletes all but 20.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static List<WeakReference> AppendAndDelete(InMemoryMessageStore store)
    {
        List<WeakReference> payloads = [];
        long first = store.LastOffset + 1;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] payload = new byte[64];
            string topic = i % 1_000 == 500 ? "keep" : $"drop/{i % 1_000}";
            if (topic != "keep")
            {
                payloads.Add(new WeakReference(payload));
            }

            store.Append(Message(first + i, topic) with { Payload = payload });
        }

        for (int i = 0; i < 1_000; i++)
        {
            store.GetQueue($"drop/{i}").DeleteByOffset(store.LastOffset);
        }

        return payloads;
    }
}
