using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Broker.Tests.Model;
using SkyTree.Cluster.Tests.Replication.Simulation;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using SkyTree.Store.EF;
using SkyTree.Store.Tests.Outbox;
using Xunit;

namespace SkyTree.Cluster.Tests.Replication;

/// <summary>The nodes of a cluster with one external store: a database file, to which each node has a line of its own.</summary>
public sealed class SharedOutboxTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-shared-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_message_is_stored_once_and_read_in_order_everywhere_whoever_leads_and_whatever_fails()
    {
        const int each = 600;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using SimulatedCluster cluster = new(seed);
        UnreliableMessageStore[] lines = [.. Enumerable.Range(0, 3).Select(_ => Line())];
        SimulatedNode[] nodes = [.. lines.Select(line => new SimulatedNode(cluster, Guid.NewGuid(), external: line))];
        await ServeAsync(cluster, nodes);
        cluster.Trouble = 10;
        using CancellationTokenSource calm = new();
        Task<List<string>>[] readers = [.. nodes.Select((node, i) => FollowAsync(node, 3 * each, limit: i == 0 ? 7 : 500, calm.Token))]; // one behind, two at the end;
        Task all = Task.WhenAll(nodes.Select(node => PublishAsync(node, each)));
        while (!all.IsCompleted)
        {
            UnreliableMessageStore line = lines[cluster.Next(3)];
            switch (cluster.Next(4))
            {
                case 0:
                    line.IsDown = true;
                    break;
                case 1:
                    line.LosesAnswers = true;
                    break;
                case 2:
                    cluster.Elect(nodes[cluster.Next(3)].Id);
                    break;
                default:
                    (line.IsDown, line.LosesAnswers) = (false, false);
                    break;
            }

            await Task.WhenAny(all, Task.Delay(cluster.Next(120)));
        }

        await all.WaitAsync(Deadline);
        cluster.Trouble = 0;
        Array.ForEach(lines, line => (line.IsDown, line.LosesAnswers) = (false, false));
        await StoredAsync(nodes, 3 * each);

        // Readers went on all the while, over the boundary, and missed and doubled nothing.
        List<string>[] read = await Task.WhenAll(readers).WaitAsync(Deadline);
        Assert.Equal(Enumerable.Range(1, 3 * each), read[0].Select(entry => int.Parse(entry.Split(' ')[0], CultureInfo.InvariantCulture)));
        Assert.All(read, entries => Assert.Equal(read[0], entries));
        foreach (SimulatedNode node in nodes)
        {
            Assert.Equal(Enumerable.Range(1, each).Select(i => $"{i}"), read[0].Select(entry => entry.Split(' ')).Where(entry => entry[1] == Topic(node)).Select(entry => entry[2]));
        }

        await using MessageStore store = External();
        await store.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(read[0], (await ReadAllAsync(store)).Select(Describe));
    }

    [Fact]
    public async Task A_deposed_leader_that_writes_or_deletes_late_changes_nothing()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        UnreliableMessageStore late = Line();
        SimulatedNode[] nodes = [.. new[] { late, Line(), Line() }.Select(line => new SimulatedNode(cluster, Guid.NewGuid(), external: line))];
        await ServeAsync(cluster, nodes);
        await PublishAsync(nodes[1], 10);
        await StoredAsync(nodes, 10);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        late.OnAppend = () =>
        {
            arrived.TrySetResult();
            return released.Task;
        };
        await PublishAsync(nodes[1], 20);
        await arrived.Task.WaitAsync(Deadline);
        await EventuallyAsync(() => nodes[0].State.LastOffset == 30, "the leader has all messages");

        // Its page is on its way; it hears nothing of its successor, who writes the same, more, and deletes most of it.
        nodes[0].IsHeld = true;
        cluster.Elect(nodes[1].Id);
        await StoredAsync(nodes[1..], 30);
        await PublishAsync(nodes[2], 20);
        await StoredAsync(nodes[1..], 50);
        await nodes[1].Store.DeleteLogAsync(25, TestContext.Current.CancellationToken);
        await using MessageStore store = External();
        await store.OpenAsync(TestContext.Current.CancellationToken);
        string[] before = [.. (await ReadAllAsync(store)).Select(Describe)];
        Assert.Equal(25, before.Length);

        int appends = late.Batches.Count;
        released.SetResult();
        await EventuallyAsync(() => late.Batches.Count > appends, "the late page has arrived");
        await nodes[0].Store.DeleteLogAsync(50, TestContext.Current.CancellationToken);
        Assert.Equal(before, (await ReadAllAsync(store)).Select(Describe));
        Assert.Equal(10, nodes[0].Outbox!.StoredUpTo);

        nodes[0].IsHeld = false;
        await StoredAsync(nodes, 50);
        Assert.All(nodes, node => Assert.Equal(before, ReadAllAsync(node.Store).Result.Select(Describe)));
    }

    [Fact]
    public async Task A_node_far_behind_gets_state_and_outbox_from_another_and_the_rest_from_the_store()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        UnreliableMessageStore[] lines = [.. Enumerable.Range(0, 3).Select(_ => Line())];
        SimulatedNode[] nodes = [.. lines.Select(line => new SimulatedNode(cluster, Guid.NewGuid(), external: line))];
        await ServeAsync(cluster, nodes);
        nodes[2].IsHeld = true;
        await PublishAsync(nodes[1], 200);
        await StoredAsync(nodes[..2], 200);
        lines[0].IsDown = lines[1].IsDown = true;
        await PublishAsync(nodes[1], 30);

        nodes[2].Outbox!.BeginReplacement();
        await Assert.ThrowsAsync<IOException>(async () => await nodes[2].Store.ReadLogAsync(0, null, 10));
        nodes[2].Outbox!.EndReplacement(0);
        nodes[2].Install(nodes[1]);

        Assert.Equal(200, nodes[2].Outbox!.StoredUpTo);
        Assert.Equal(230, nodes[2].State.LastOffset);
        Assert.Equal(Enumerable.Range(1, 230), (await ReadAllAsync(nodes[2].Store)).Select(message => (int)message.Offset));
        await EventuallyAsync(() => nodes[2].Outbox!.PendingMessages == 30, "it knows what its outbox holds");

        // It leads next, and writes what the others could not.
        nodes[2].IsHeld = false;
        cluster.Elect(nodes[2].Id);
        await StoredAsync(nodes, 230);
        Assert.Equal(Enumerable.Range(1, 230), (await ReadAllAsync(nodes[2].Store)).Select(message => (int)message.Offset));
    }

    [Fact]
    public async Task The_leader_deletes_what_is_stored_and_every_session_has_passed()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        UnreliableMessageStore[] lines = [.. Enumerable.Range(0, 3).Select(_ => Line())];
        SimulatedNode[] nodes = [.. lines.Select(line => new SimulatedNode(cluster, Guid.NewGuid(), external: line))];
        await ServeAsync(cluster, nodes);
        SessionOpened reader = (await nodes[2].Replicator.ProposeAsync(new OpenSession("r", CleanStart: false, Durable: true, 1_000, null)).AsTask().WaitAsync(Deadline))!;
        Assert.True(TopicFilter.TryParse("t/#", out TopicFilter filter));
        await nodes[2].Replicator.ProposeAsync(new Subscribe(reader.Session, reader.Epoch, 0, [new SubscriptionRequest(filter, QoS.AtLeastOnce, false, false, RetainHandling.Send)])).AsTask().WaitAsync(Deadline);
        await PublishAsync(nodes[1], 20);
        await StoredAsync(nodes, 20);
        LogTrimmer trimmer = new(nodes[0].State, nodes[0].Replicator, nodes[0].Store, TimeProvider.System, isShared: true);
        await trimmer.TrimAsync();
        Assert.Equal(20, (await ReadAllAsync(nodes[0].Store)).Count);

        // Ten more wait in the outbox, and the reader is past some of them.
        Array.ForEach(lines, line => line.IsDown = true);
        await PublishAsync(nodes[1], 10);
        await nodes[2].Replicator.ProposeAsync(new AdvanceCursors([(reader.Session.Queue.Owned, 25)])).AsTask().WaitAsync(Deadline);
        await EventuallyAsync(() => nodes[0].State.Sessions.Find("r")!.Cursor == 25, "the leader knows how far the reader is");
        Array.ForEach(lines, line => line.OnAppend = () => Task.FromException(new IOException("It takes nothing.")));
        Array.ForEach(lines, line => line.IsDown = false);
        await trimmer.TrimAsync();
        Assert.Equal(Enumerable.Range(21, 10), (await ReadAllAsync(nodes[2].Store)).Select(message => (int)message.Offset));
        Assert.Equal(10, (await ReadAllAsync(nodes[0].Database.Messages)).Count);

        Array.ForEach(lines, line => line.OnAppend = null);
        await StoredAsync(nodes, 30);
        await trimmer.TrimAsync();
        Assert.Equal(Enumerable.Range(26, 5), (await ReadAllAsync(nodes[1].Store)).Select(message => (int)message.Offset));
    }

    [Fact]
    public async Task A_process_that_has_its_messages_in_a_database_becomes_a_node_that_knows_which()
    {
        await using CrashableDatabase database = new(new CrashableDisk());
        BrokerStorage alone = new() { Database = database, External = External(), Name = "MySql" };
        Append(database, 1, 10);
        await using (MessageStores stores = new(alone, TimeProvider.System, NullLogger.Instance))
        {
            await stores.PrepareAsync(TestContext.Current.CancellationToken);
            await stores.Messages.OpenAsync(TestContext.Current.CancellationToken);
            await stores.Outbox!.Drained.WaitAsync(Deadline);
        }

        Append(database, 11, 15);
        await using MessageStores node = new(alone with { External = Line(), Node = Guid.NewGuid() }, TimeProvider.System, NullLogger.Instance);
        await node.PrepareAsync(TestContext.Current.CancellationToken);
        await node.Messages.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(10, node.Outbox!.StoredUpTo);
        Assert.Equal(10, BrokerState.ReadStored(database));
        Assert.Equal(5, node.Outbox.PendingMessages);
        Assert.Equal(Enumerable.Range(1, 15), (await ReadAllAsync(node.Messages)).Select(message => (int)message.Offset));

        // Nothing is moved between stores in a cluster.
        await using MessageStores other = new(alone with { External = Line(), Name = "Redis", Node = Guid.NewGuid() }, TimeProvider.System, NullLogger.Instance);
        StateDatabaseException refused = await Assert.ThrowsAsync<StateDatabaseException>(async () => await other.PrepareAsync(default));
        Assert.Contains("MySql", refused.Message, StringComparison.Ordinal);

        static void Append(CrashableDatabase database, int first, int last)
        {
            using StateBatch batch = database.CreateBatch();
            for (int offset = first; offset <= last; offset++)
            {
                batch.Append(new StoredMessage { Offset = offset, Topic = "t", TimestampMs = offset, QoS = 1, PublisherId = "p" });
            }

            database.Write(batch, sync: true);
        }
    }

    [Fact]
    public async Task A_node_with_another_store_is_not_admitted()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. new[] { "MySql", "MySql", "RocksDb" }.Select(name => new SimulatedNode(cluster, Guid.NewGuid(), external: Line(), storeName: name))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes[..2].All(node => node.Replicator.IsServing), "those with the same store serve");
        long last = cluster.LastIndex;
        await EventuallyAsync(() => cluster.LastIndex > last + 20, "it has asked more than once");
        Assert.Null(nodes[0].State.IncarnationOf(nodes[2].Id));
        Assert.False(nodes[2].Replicator.IsServing);
    }

    [Fact]
    public async Task When_one_nodes_outbox_is_full_no_node_takes_messages()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid(), external: Line()))];
        await ServeAsync(cluster, nodes);
        nodes[2].Replicator.SetFull(true);
        await EventuallyAsync(() => Try(nodes[1]) == PublishStatus.StoreFull, "a publisher at another node is refused");
        nodes[2].Replicator.SetFull(false);
        await EventuallyAsync(() => Try(nodes[1]) == PublishStatus.Applied, "publishers are served again");

        static PublishStatus Try(SimulatedNode node) => node.Replicator.ProposeAsync(Message(node, 1)).AsTask().WaitAsync(Deadline).Result.Status;
    }

    private static async Task ServeAsync(SimulatedCluster cluster, SimulatedNode[] nodes)
    {
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing && node.Outbox!.IsConnected), "all nodes serve");
    }

    /// <summary>All is stored, every node knows, and no outbox holds anything.</summary>
    private static async Task StoredAsync(SimulatedNode[] nodes, long last)
    {
        await EventuallyAsync(() => nodes.All(node => node.Outbox!.StoredUpTo == last && node.State.LastOffset == last), "all is stored");
        foreach (SimulatedNode node in nodes)
        {
            await EventuallyAsync(() => ReadAllAsync(node.Database.Messages).Result.Count == 0 && node.Outbox!.PendingMessages == 0, "the outbox is empty");
        }
    }

    private static PublishMessage Message(SimulatedNode node, int number) => new(
        new StoredMessage { Offset = 0, Topic = Topic(node), TimestampMs = 0, QoS = 1, PublisherId = "p", Payload = Encoding.UTF8.GetBytes($"{number}") },
        KeepRetained: false)
    {
        IsStored = true,
    };

    private static async Task PublishAsync(SimulatedNode node, int count)
    {
        foreach (int[] some in Enumerable.Range(1, count).Chunk(50))
        {
            PublishApplied[] applied = await Task.WhenAll(some.Select(number => node.Replicator.ProposeAsync(Message(node, number)).AsTask())).WaitAsync(Deadline);
            Assert.All(applied, one => Assert.Equal(PublishStatus.Applied, one.Status));
        }
    }

    /// <summary>Reads as a session does: from where it was, again when the store does not answer.</summary>
    private static async Task<List<string>> FollowAsync(SimulatedNode node, int count, int limit, CancellationToken cancellationToken)
    {
        List<string> read = [];
        long at = 0;
        while (read.Count < count)
        {
            try
            {
                LogPage page = await node.Store.ReadLogAsync(at, null, limit, cancellationToken);
                read.AddRange(page.Messages.Select(Describe));
                if (page.Next == at)
                {
                    await Task.Delay(2, cancellationToken);
                }

                at = page.Next;
            }
            catch (IOException)
            {
                await Task.Delay(2, cancellationToken);
            }
        }

        return read;
    }

    private static async Task<List<StoredMessage>> ReadAllAsync(MessageStore store)
    {
        List<StoredMessage> all = [];
        long at = 0;
        while (true)
        {
            LogPage page = await store.ReadLogAsync(at, null, 100);
            all.AddRange(page.Messages);
            if (page.Next == at)
            {
                return all;
            }

            at = page.Next;
        }
    }

    private static string Describe(StoredMessage message) => string.Create(CultureInfo.InvariantCulture, $"{message.Offset} {message.Topic} {Encoding.UTF8.GetString(message.Payload.Span)}");

    private static string Topic(SimulatedNode node) => $"t/{node.Id:N}";

    private static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < Deadline, $"It did not come about that {what}.");
            await Task.Delay(5);
        }
    }

    private UnreliableMessageStore Line() => new(External());

    private EfMessageStore External() => new(new EfStoreOptions { Provider = EfProvider.Sqlite, ConnectionString = $"Data Source={Path.Combine(_folder, "messages.db")}" });
}
