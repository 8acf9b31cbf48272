using System.Runtime.CompilerServices;
using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

/// <summary>What the store leaves on the heap. Alone in the process while it runs, since it reads the heap's size.</summary>
[CollectionDefinition(nameof(InMemoryMessageStoreMemoryTests), DisableParallelization = true)]
[Collection(nameof(InMemoryMessageStoreMemoryTests))]
public sealed class InMemoryMessageStoreMemoryTests
{
    [Fact]
    public void Deleting_frees_the_messages()
    {
        InMemoryMessageStore store = new();
        List<WeakReference> deleted = [];

        AppendAndDelete(store, deleted);
        GC.Collect();

        Assert.Equal(19_980, deleted.Count);
        Assert.All(deleted, p => Assert.False(p.IsAlive));
    }

    [Fact]
    public void Deleting_frees_what_held_the_messages_and_topics_although_one_in_a_thousand_stays()
    {
        InMemoryMessageStore store = new();
        AppendAndDelete(store, deleted: null);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int round = 0; round < 50; round++)
        {
            AppendAndDelete(store, deleted: null);
        }

        // A thousand messages stay, of some 300 bytes each; with a chunk around each it would be 16 KiB.
        Assert.Equal(51 * 20, store.GetQueue("keep").GetSummary().Count);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2_000_000);
    }

    /// <summary>Appends 20,000 messages to a thousand topics and deletes all but 20.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AppendAndDelete(InMemoryMessageStore store, List<WeakReference>? deleted)
    {
        long first = store.LastOffset + 1;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] payload = new byte[64];
            string topic = i % 1_000 == 500 ? "keep" : $"drop/{first}/{i % 1_000}";
            if (topic != "keep")
            {
                deleted?.Add(new WeakReference(payload));
            }

            store.Append(new StoredMessage { Offset = first + i, Topic = topic, TimestampMs = 1_000, Payload = payload });
        }

        for (int i = 0; i < 1_000; i++)
        {
            store.GetQueue($"drop/{first}/{i}").DeleteByOffset(store.LastOffset);
        }
    }
}
