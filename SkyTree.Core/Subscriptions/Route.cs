using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Subscriptions;

/// <summary>Who gets a message to one topic, as of one version of the index. Immutable, but for <see cref="Version"/>.</summary>
internal sealed class Route(
    byte[] topic,
    string? name,
    uint hash,
    long version,
    Subscription[] subscriptions,
    SharedGroup[] groups,
    TopicPolicy policy = default,
    FilterCounter[]? counters = null,
    TopicTraffic? traffic = null)
{
    private const int FewReaders = 16;

    private string? _name = name; // the same string, whoever writes it
    private TopicTraffic? _traffic = traffic; // made at the first message; goes on with the route that takes this one's place
    private Online? _online; // swapped whole
    private Elsewhere? _elsewhere; // swapped whole

    public byte[] Topic { get; } = topic;

    public uint Hash { get; } = hash;

    /// <summary>The index's version that it is known to be right for. Raised by whoever finds that later changes did not concern it.</summary>
    public long Version
    {
        get => Volatile.Read(ref version);
        set => Volatile.Write(ref version, value);
    }

    /// <summary>One for each session; overlapping ones are merged.</summary>
    public Subscription[] Subscriptions { get; } = subscriptions;

    public SharedGroup[] Groups { get; } = groups;

    /// <summary>The counters of the filters with log readers, one for each filter; null: sessions have no limits.</summary>
    public FilterCounter[]? Counters { get; } = counters;

    /// <summary>What was published to the topic while it was remembered.</summary>
    public TopicTraffic Traffic => _traffic ??= new TopicTraffic();

    /// <summary>The same; null: nothing was.</summary>
    public TopicTraffic? TrafficOrNull => _traffic;

    public string Name => _name ??= Encoding.UTF8.GetString(Topic);

    public string? NameOrNull => _name;

    /// <summary>Whether a durable session or group may have to read a QoS 1 or 2 message from the log.</summary>
    public bool MayReadLog => HasLogReaders || Policy.Keeps || Groups.Length > 0;

    /// <summary>Whether these subscriptions and groups, in the order in which the trie gives them, are what it holds unmerged.</summary>
    public bool HasExactly(List<object> matches)
    {
        if (matches.Count != Subscriptions.Length + Groups.Length)
        {
            return false;
        }

        int s = 0;
        int g = 0;
        foreach (object match in matches)
        {
            bool same = match is Subscription
                ? s < Subscriptions.Length && ReferenceEquals(Subscriptions[s++], match)
                : g < Groups.Length && ReferenceEquals(Groups[g++], match);
            if (!same)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Those that do not read QoS 1 and 2 from the log, or not for all publishers: who gets such messages from memory.</summary>
    public Subscription[] MemoryReaders { get; } = Array.Exists(subscriptions, s => s.ReadsLog)
        ? Array.FindAll(subscriptions, s => !s.ReadsLog || s.ForOwnMessages is not null)
        : subscriptions;

    /// <summary>Those that read QoS 1 and 2 from the log: however many are away, a message is stored once for all.</summary>
    public Subscription[] LogReaders { get; } = Array.FindAll(subscriptions, s => s.ReadsLog);

    /// <summary>Whether one of the subscriptions wants to be told of stored messages' offsets or times.</summary>
    public bool WantsProperties { get; } = Array.Exists(subscriptions, s => s.Properties != StoredProperties.None);

    /// <summary>Whether a session reads QoS 1 and 2 from the log.</summary>
    public bool HasLogReaders => LogReaders.Length > 0;

    /// <summary>What the configuration says of the topic.</summary>
    public TopicPolicy Policy { get; } = policy;

    /// <summary>
    /// Those of <see cref="LogReaders"/> whose clients are connected, or came so recently that it is not known yet: they are
    /// to be told of a message. Who connects later reads the log anyway.
    /// </summary>
    public Subscription[] OnlineReaders()
    {
        if (LogReaders.Length <= FewReaders)
        {
            return LogReaders;
        }

        // Read before the readers are looked at: who comes meanwhile makes the list out of date.
        long attachments = SessionQueue.Attachments;
        Online? online = Volatile.Read(ref _online);
        if (online is null || online.Attachments != attachments)
        {
            online = new Online(attachments, Array.FindAll(LogReaders, s => s.Session.Queue.Connection is not null));
            Volatile.Write(ref _online, online);
        }

        return online.Readers;
    }

    /// <summary>The other nodes with connected clients that get a message from memory.</summary>
    /// <param name="here">This node.</param>
    /// <param name="acknowledged">Whether it is of QoS 1 or 2.</param>
    public Guid[] OtherNodes(Guid here, bool acknowledged)
    {
        // Read before the sessions are looked at: who moves meanwhile makes the list out of date.
        long moves = Session.Moves;
        Elsewhere? elsewhere = Volatile.Read(ref _elsewhere);
        if (elsewhere is null || elsewhere.Moves != moves)
        {
            elsewhere = new Elsewhere(moves, NodesOf(Subscriptions, here), NodesOf(MemoryReaders, here));
            Volatile.Write(ref _elsewhere, elsewhere);
        }

        return acknowledged ? elsewhere.Memory : elsewhere.All;
    }

    private static Guid[] NodesOf(Subscription[] subscriptions, Guid here)
    {
        HashSet<Guid>? nodes = null;
        foreach (Subscription subscription in subscriptions)
        {
            if (subscription.Session is { IsConnected: true } session && session.Node != here)
            {
                (nodes ??= []).Add(session.Node);
            }
        }

        return nodes is null ? [] : [.. nodes];
    }

    private sealed record Online(long Attachments, Subscription[] Readers);

    private sealed record Elsewhere(long Moves, Guid[] All, Guid[] Memory);

    /// <summary>Whether a session that would get a client's message has no room for more, and its publisher is to be refused.</summary>
    /// <param name="publisherId">The publisher's client identifier.</param>
    public bool IsBlocked(string publisherId) => Counters is { } counters && Array.Exists(counters, counter => counter.Blocks(publisherId));

    /// <summary>Whether that session is the publisher's own.</summary>
    /// <param name="publisherId">The publisher's client identifier.</param>
    public bool IsBlockedByItself(string publisherId) => Counters is { } counters && Array.Exists(counters, counter => counter.BlocksItself(publisherId));

    public bool IsEmpty => Subscriptions.Length == 0 && Groups.Length == 0;
}
