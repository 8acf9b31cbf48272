using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Broker.Tests.Replication;

/// <summary>Commands as nodes might propose them, made up from a state as it is.</summary>
/// <param name="random">Chooses.</param>
/// <param name="state">The state.</param>
/// <param name="nodes">The nodes.</param>
/// <param name="transient">Whether there are sessions that end with their connections.</param>
internal sealed class RandomCommands(Random random, BrokerState state, Guid[] nodes, bool transient)
{
    private static readonly string[] s_topics = ["a", "a/b", "a/c", "b", "b/c/d"];
    private static readonly string[] s_filters = ["a", "a/#", "+/b", "#", "b/+/d", "$share/g/a/#", "$share/h/#", "$share/g/b"];

    private long _incarnation;

    public static IEnumerable<string> Topics => s_topics;

    public Command Next() => random.Next(22) switch
    {
        < 3 => Open(),
        3 => Close(Session()),
        < 7 => Subscribe(),
        7 => Unsubscribe(Session()),
        < 13 => Publish(),
        13 => Release(Session()),
        14 => Send(Session()),
        15 => new ReleaseOutgoing(Owned(), PacketId()),
        16 => Complete(),
        17 => Advance(),
        18 => Configure(),
        19 => new NoteAudit(Note()),
        _ => Rare(),
    };

    private Command Rare() => random.Next(7) switch
    {
        0 => new RemoveExpiredRetained(2),
        1 => new RetainedDelivered(Owned()),
        2 => new NodeUp(Pick(nodes), ++_incarnation),
        3 when state.Nodes is { Count: > 0 } up => Down(Pick([.. up])),
        4 when state.DueWills is { Count: > 0 } wills => Will(Pick([.. wills])),
        5 => new RaiseLevel(random.Next(FormatLevel.Oldest, FormatLevel.Newest + 1)),
        _ => new ExpireSession(ClientId()),
    };

    private ChangeRegistry Configure()
    {
        RegistryChange[] changes = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new RegistryChange(
            (RegistryCollection)random.Next(1, 4), Pick(s_topics), random.Next(3) == 0 ? default(ReadOnlyMemory<byte>?) : new byte[] { (byte)random.Next(256) })
        {
            Expected = random.Next(3) switch { 0 => 0, 1 => state.Registry[RegistryCollection.Admins].Version, _ => null },
        })];
        return new ChangeRegistry(changes)
        {
            Note = Maybe() ? Note() : null,
            Conditions = random.Next(5) == 0 ? [new RegistryCondition(RegistryCollection.Admins, random.Next(5))] : [],
        };
    }

    private AuditNote Note() => new("somebody", Maybe() ? "10.0.0.1" : null, "things.change", Pick(s_topics), null, Maybe() ? "{}" : null, random.Next(2, 5), random.Next(10, 20_000));

    private OpenSession Open()
    {
        bool durable = !transient || random.Next(4) > 0;
        Will? will = random.Next(3) == 0 ? new Will { Topic = Pick(s_topics), QoS = QoS.AtLeastOnce, DelaySeconds = (uint)random.Next(2), Payload = new byte[] { 1 } } : null;
        return new OpenSession(ClientId(), random.Next(6) == 0, durable, durable ? (uint)random.Next(1, 9) : 0, will);
    }

    private CloseSession Close(Session session) => new(session, EpochOf(session), Maybe() ? (uint)random.Next(4) : null, Maybe()) { Reason = state.Level >= FormatLevel.Disconnections && Maybe() ? "gone" : null };

    private Unsubscribe Unsubscribe(Session session) => new(session, EpochOf(session), [Pick(s_filters), Pick(s_filters)]);

    private ReleaseReceived Release(Session session) => new(session, EpochOf(session), PacketId());

    private static NodeDown Down((Guid Node, long Incarnation) up) => new(up.Node, up.Incarnation);

    private Subscribe Subscribe()
    {
        Session session = Session();
        SubscriptionRequest Request()
        {
            Assert.True(TopicFilter.TryParse(Pick(s_filters), out TopicFilter filter));
            return new SubscriptionRequest(filter, (QoS)random.Next(3), false, Maybe(), (RetainHandling)random.Next(3), Maybe() && !filter.IsShared ? random.Next(1, 20) : null);
        }

        return new Subscribe(session, EpochOf(session), (uint)random.Next(3), [Request(), Request()]);
    }

    private PublishMessage Publish()
    {
        bool retain = random.Next(3) == 0;
        byte qos = (byte)random.Next(3);
        Session? receiver = qos == 2 && Session() is { IsDurable: true } durable ? durable : null;
        return new PublishMessage(Message(Pick(s_topics), qos, retain), KeepRetained: true, receiver, receiver is null ? 0 : EpochOf(receiver), receiver is null ? (ushort)0 : PacketId())
        {
            IsStored = random.Next(4) == 0,
        };
    }

    private PublishMessage Will(DueWill due) => new(Message(due.Will.Topic, 1, retain: false), KeepRetained: true) { WillId = due.Id };

    private StoredMessage Message(string topic, byte qos, bool retain) => new()
    {
        Offset = 0,
        Topic = topic,
        TimestampMs = state.NowMs,
        ExpiresAtMs = random.Next(5) == 0 ? state.NowMs + random.Next(3_000) : null,
        QoS = qos,
        Retain = retain,
        PublisherId = "p",
        Payload = retain && random.Next(4) == 0 ? default : new byte[] { 2, 3 },
    };

    private SendOutgoing Send(Session session) => new(new OwnedSession(session, session.OwnerEpoch), [Outgoing(session), Outgoing(session)]);

    private OutgoingMessage Outgoing(Session session) => new()
    {
        PacketId = PacketId(),
        Sequence = random.Next(1, 1_000),
        Offset = random.Next(1, 40),
        Group = random.Next(3) == 0 ? "$share/g/a/#" : null,
        ReplayId = session.Replays is { Length: > 0 } replays && Maybe() ? Pick(replays).Id : 0,
        Stage = OutgoingStage.Published,
    };

    private CompleteOutgoing Complete()
    {
        OwnedSession of = Owned();
        return of.Session.Outgoing is { Length: > 0 } outgoing && Pick(outgoing) is var message
            ? new CompleteOutgoing(of, message.PacketId, message.Offset)
            : new CompleteOutgoing(of, PacketId(), 1);
    }

    private AdvanceCursors Advance()
    {
        SharedGroup[] groups = state.Index.Groups;
        return new AdvanceCursors([(Owned(), random.NextInt64(state.LastOffset + 1))])
        {
            Groups = groups.Length > 0 && Pick(groups) is { ReadsLog: true } group ? [(group, random.NextInt64(state.LastOffset + 1))] : [],
        };
    }

    private OwnedSession Owned()
    {
        Session session = Session();
        return new OwnedSession(session, session.OwnerEpoch);
    }

    private Session Session()
    {
        string clientId = ClientId();
        return state.Sessions.Find(clientId) ?? state.NoSession(clientId);
    }

    // Nobody proposes with the one that stands in for a session that is not there.
    private static long EpochOf(Session session) => Math.Max(0, session.Epoch);

    private string ClientId() => $"c{random.Next(6)}";

    private ushort PacketId() => (ushort)random.Next(1, 6);

    private bool Maybe() => random.Next(2) == 0;

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];
}
