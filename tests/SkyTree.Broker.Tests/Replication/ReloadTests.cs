using System.Reflection;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Broker.Tests.Replication;

/// <summary>A node that goes on from another one's checkpoint has the state that this one had.</summary>
public sealed class ReloadTests
{
    private const string Folder = "checkpoint";

    // What serves the command that is being applied, or does not change.
    private static readonly string[] s_notState =
    [
        "_appended", "_needs", "_keeps", "_full", "_proposer", "_changesBefore", "_toPump", "_displaced", "_key", "_value", "_changes", "_reloads", "_ends", "_safeEnds", "<context>P",
    ];

    private readonly Guid[] _nodes = [Guid.NewGuid(), Guid.NewGuid()];
    private readonly RecordWriter _bytes = new();
    private long _nowMs = 1_000_000;
    private long _index;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_state_that_was_reloaded_is_one_that_was_loaded_and_the_one_that_was_copied(bool transient)
    {
        int seed = TestSeed.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 100; round++)
        {
            await TryAsync(random, transient);
        }
    }

    [Fact]
    public async Task Reloading_an_empty_database_leaves_nothing()
    {
        var replica = new Replica(_nodes[0]);
        Run(new Random(1), transient: true, entries: 100, replica);
        replica.Database.Replace(Checkpoint(new Replica(_nodes[1]), replica));

        await replica.State.ReloadAsync(replica.Database, replica.Database.Messages);

        AssertSame(new Replica(_nodes[0]), replica);
    }

    private async Task TryAsync(Random random, bool transient)
    {
        var source = new Replica(_nodes[0]);
        var behind = new Replica(_nodes[1]);
        Run(random, transient, random.Next(60), behind);
        Run(random, transient, random.Next(1, 60), source);
        behind.Database.Replace(Checkpoint(source, behind));
        Replica fresh = new(_nodes[1], Copy(source));
        await fresh.State.LoadAsync(fresh.Database, fresh.Database.Messages);
        long version = behind.State.Index.Version;

        await behind.State.ReloadAsync(behind.Database, behind.Database.Messages);

        Assert.True(behind.State.Index.Version > version);
        AssertSame(fresh, behind);
        Assert.Equal(await fresh.ReadAllAsync(), await behind.ReadAllAsync());

        // Transient sessions are in no database.
        Replica[] all = transient ? [fresh, behind] : [source, fresh, behind];
        for (int i = 0; i < 40; i++)
        {
            Command command = Run(random, transient, 1, all)!;
            List<string> expected = await all[0].ReadAllAsync();
            foreach (Replica replica in all[1..])
            {
                List<string> actual = await replica.ReadAllAsync();
                Assert.True(expected.SequenceEqual(actual), $"{command}\n+ {string.Join("\n+ ", expected.Except(actual))}\n- {string.Join("\n- ", actual.Except(expected))}");
                Assert.Equal(all[0].State.LastOffset, replica.State.LastOffset);
            }
        }

        AssertSame(fresh, behind);
    }

    /// <summary>Gives the same random entries to all.</summary>
    /// <returns>The last one's command.</returns>
    private Command? Run(Random random, bool transient, int entries, params Replica[] replicas)
    {
        Command? command = null;
        var commands = new RandomCommands(random, replicas[0].State, _nodes, transient);
        for (int i = 0; i < entries; i++)
        {
            // Each is made up from what the one before left.
            _nowMs += random.Next(700);
            _index++;
            Guid proposer = _nodes[random.Next(_nodes.Length)];
            command = commands.Next();
            CommandFormat.Write(command, _bytes.Begin());
            byte[][] entry = [_bytes.Written.ToArray()];
            foreach (Replica replica in replicas)
            {
                replica.Apply(_index, proposer, _nowMs, entry);
            }
        }

        return command;
    }

    private static string Checkpoint(Replica from, Replica to)
    {
        from.Database.CreateCheckpoint(Folder);
        to.Database.Disk.Fetch(from.Database.Disk, Folder);
        return Folder;
    }

    private static Model.CrashableDisk Copy(Replica from)
    {
        from.Database.CreateCheckpoint(Folder);
        return from.Database.Disk.Copy(Folder);
    }

    /// <summary>Compares every field of the two states, so that one that is added is not forgotten.</summary>
    private static void AssertSame(Replica expected, Replica actual)
    {
        foreach (FieldInfo field in typeof(BrokerState).GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            if (!s_notState.Contains(field.Name))
            {
                Assert.Equal((field.Name, Summary(field, expected.State)), (field.Name, Summary(field, actual.State)));
            }
        }

        foreach (RegistryCollection collection in Enum.GetValues<RegistryCollection>())
        {
            Assert.Equal(Describe(expected.State.Registry[collection]), Describe(actual.State.Registry[collection]));
        }

        Assert.Equal(expected.State.Audit.Before(long.MaxValue), actual.State.Audit.Before(long.MaxValue));

        foreach (string topic in RandomCommands.Topics)
        {
            Assert.Equal(Describe(expected.State, topic), Describe(actual.State, topic));
        }
    }

    private static string? Summary(FieldInfo field, BrokerState state)
    {
        object? value = field.GetValue(state);
        return value is long or int ? value.ToString() : value?.GetType().GetProperty("Count") is { } count ? $"{count.GetValue(value)} items" : throw new InvalidOperationException($"{field.Name} is of a kind that is not compared.");
    }

    private static string Describe(RegistrySnapshot snapshot) =>
        $"{snapshot.Version} {string.Join("; ", snapshot.Entries.Select(e => $"{e.Key} {e.Version} {Convert.ToHexString(e.Content.Span)}"))}";

    private static string Describe(BrokerState state, string topic)
    {
        Route route = state.Index.Match(Encoding.UTF8.GetBytes(topic));
        IEnumerable<string> subscriptions = route.Subscriptions.Select(s => $"{s.Session.ClientId} {s.QoS} {s.StartOffset} {string.Join(',', s.Identifiers.Order())}").Order(StringComparer.Ordinal);
        IEnumerable<string> groups = route.Groups.Select(g => $"{g.Filter.Text} {g.SavedCursor} {g.ReadsLog}").Order(StringComparer.Ordinal);
        return $"{string.Join("; ", subscriptions)} | {string.Join("; ", groups)} | {route.Counters?.Length} | {state.Retained.Get(topic)?.TimestampMs}";
    }
}
