using System.Reflection;
using System.Runtime.CompilerServices;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;

namespace SkyTree.Broker.Tests.Replication;

/// <summary>What is written at which format level, and what becomes of data of a level that is not known.</summary>
public sealed class FormatLevelTests
{
    // What the first release has. Nothing is ever added here: a command that came later says so (Command.FirstLevel).
    private static readonly string[] s_firstCommands =
    [
        "AdvanceCursors", "AdvanceReplays", "ChangeRegistry", "ClearRetained", "CloseSession", "CompleteOutgoing", "DropMessages", "EndSession", "ExpireSession",
        "MoveCursor", "NodeDown", "NodeUp", "NoteAudit", "NoteStored", "OpenSession", "PublishMessage", "RaiseLevel", "Recover", "ReleaseOutgoing",
        "ReleaseReceived", "RemoveExpiredRetained", "RetainedDelivered", "SendOutgoing", "Subscribe", "TakeAllWills", "Unsubscribe",
    ];

    private readonly Guid _node = Guid.NewGuid();
    private readonly RecordWriter _bytes = new();
    private long _index;

    [Fact]
    public void Commands_that_the_first_release_does_not_know_say_from_which_level_on_they_may_be_proposed()
    {
        foreach (Type type in typeof(Command).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Command)) && !type.IsAbstract))
        {
            var command = (Command)RuntimeHelpers.GetUninitializedObject(type);
            if (!IsLocal(command) && !s_firstCommands.Contains(type.Name))
            {
                Assert.InRange(command.FirstLevel, FormatLevel.Oldest + 1, FormatLevel.Newest);
            }
        }

        static bool IsLocal(Command command) => command is PublishMessage ? false : command.IsLocal; // it looks at its message
    }

    [Fact]
    public void At_the_first_level_everything_is_written_as_the_first_release_does()
    {
        Replica replica = new(_node);
        CloseSession close = OpenAndClose(replica, "a");

        Assert.Equal("02000000016100000000000000010000", Hex(close.At(1)));
        Assert.Equal("02000000016100000000000000010000" + "00000004" + "676F6E65", Hex(close.At(2)));
        Assert.Same(close, close.At(2));
        Apply(replica, close.At(1));
        Assert.Null(replica.State.Sessions.Find("a")!.Disconnection);
        string record = Convert.ToHexString(replica.Database.Get([StateKey.Session, (byte)'a'])!);
        Assert.EndsWith(Convert.ToHexString(_node.ToByteArray()), record, StringComparison.Ordinal); // the owner is the last that it has
    }

    [Fact]
    public async Task From_the_second_level_on_a_session_keeps_when_and_why_its_client_went()
    {
        Replica replica = new(_node);
        CloseSession close = OpenAndClose(replica, "a");
        Apply(replica, new RaiseLevel(2));
        Apply(replica, close);
        Assert.Equal(new Disconnection(1_000 + _index, "gone"), replica.State.Sessions.Find("a")!.Disconnection);

        await replica.State.ReloadAsync(replica.Database, replica.Database.Messages);
        Assert.Equal(new Disconnection(1_000 + _index, "gone"), replica.State.Sessions.Find("a")!.Disconnection);
        Assert.Equal(2, replica.State.Level);

        Apply(replica, new OpenSession("a", CleanStart: false, Durable: true, 100, null));
        Assert.Null(replica.State.Sessions.Find("a")!.Disconnection);
        Apply(replica, new NodeDown(_node, 1));
        Assert.Equal("its node was silent for too long", replica.State.Sessions.Find("a")!.Disconnection!.Reason);
    }

    [Fact]
    public void A_command_that_was_proposed_before_the_level_rose_is_applied_by_its_proposer_as_by_the_others()
    {
        Replica proposer = new(_node);
        Replica other = new(Guid.NewGuid());
        CloseSession close = OpenAndClose(proposer, "a");
        OpenAndClose(other, "a");
        Command<SessionClosed> proposed = close.At(proposer.State.Level);
        byte[] travelling = Bytes(proposed);
        Apply(proposer, new RaiseLevel(2));
        Apply(other, new RaiseLevel(2));

        using StateBatch batch = proposer.Database.CreateBatch();
        proposer.State.Begin(batch, keeps: true, full: false, _node);
        proposer.State.Apply(proposed, 5_000);
        proposer.State.End(5_000, out _, out _);
        other.Apply(++_index, _node, 5_000, [travelling]);

        Assert.Equal(new Disconnection(5_000, ""), proposer.State.Sessions.Find("a")!.Disconnection);
        Assert.Equal(new Disconnection(5_000, ""), other.State.Sessions.Find("a")!.Disconnection);
    }

    [Fact]
    public async Task A_level_that_was_reached_stays_and_is_the_databases_from_then_on()
    {
        Replica replica = new(_node);
        await replica.State.LoadAsync(replica.Database, replica.Database.Messages);
        Assert.Equal([1], replica.Database.Get([StateKey.Layout])!);
        Apply(replica, new RaiseLevel(2));
        Apply(replica, new RaiseLevel(1));

        Assert.Equal(2, replica.State.Level);
        Assert.Equal([2], replica.Database.Get([StateKey.Layout])!); // of which the first release says that a later one wrote it
    }

    [Theory]
    [InlineData(3, "The state database has format level 3, and this release reads up to 2: a later release has written it. Start that one, or restore a backup from before.")]
    [InlineData(0, "The state database has no format level that makes sense. Restore a backup.")]
    public async Task A_database_of_a_level_that_is_not_known_is_not_opened(byte level, string reason)
    {
        Replica replica = new(_node);
        using (StateBatch batch = replica.Database.CreateBatch())
        {
            batch.Put([StateKey.Layout], [level]);
            replica.Database.Write(batch, sync: true);
        }

        Assert.Equal(reason, (await Assert.ThrowsAsync<StateDatabaseException>(async () => await replica.State.LoadAsync(replica.Database, replica.Database.Messages))).Message);
    }

    [Theory]
    [InlineData(new byte[] { 99 }, "A command is of kind 99, which this release does not know: a later one has proposed it. Start this node with that one.")]
    [InlineData(new byte[] { 22, 3 }, "The format level is raised to 3, and this release reads up to 2: start this node with a later one.")]
    public void A_command_of_a_later_release_is_refused_with_what_to_do(byte[] command, string reason) =>
        Assert.Equal(reason, Assert.Throws<InvalidDataException>(() => CommandFormat.Read(command, new Replica(_node).State)).Message);

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task An_operator_bounds_what_a_broker_writes(int bound, int level)
    {
        await using TestBroker broker = await TestBroker.StartAsync(storeOptions: new StoreOptions { FormatLevel = bound });
        Assert.Equal(level, broker.Broker.FormatLevel);
    }

    private CloseSession OpenAndClose(Replica replica, string clientId)
    {
        Apply(replica, new NodeUp(_node, 1));
        Apply(replica, new OpenSession(clientId, CleanStart: false, Durable: true, 100, null));
        Session session = replica.State.Sessions.Find(clientId)!;
        return new CloseSession(session, session.Epoch, null, DiscardWill: false) { Reason = "gone" };
    }

    private void Apply(Replica replica, Command command) => replica.Apply(++_index, _node, 1_000 + _index, [Bytes(command)]);

    private byte[] Bytes(Command command)
    {
        CommandFormat.Write(command, _bytes.Begin());
        return _bytes.Written.ToArray();
    }

    private string Hex(Command command) => Convert.ToHexString(Bytes(command));
}
