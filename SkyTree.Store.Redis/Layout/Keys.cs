using StackExchange.Redis;

namespace SkyTree.Store.Redis.Layout;

/// <summary>
/// The keys of a store. All begin with the prefix in braces, a hash tag: in Redis Cluster they lie on one node, so that a
/// script may change them together.
/// </summary>
internal sealed class Keys
{
    public Keys(string prefix)
    {
        string tag = $"{{{prefix}}}";
        Pattern = $"{tag}*";
        State = $"{tag}state";
        Log = $"{tag}log";
        Bodies = $"{tag}bodies";
        Topics = $"{tag}topics";
        Names = $"{tag}names";
        Bytes = $"{tag}bytes";
        Queues = $"{tag}queue:";
        All = [State, Log, Bodies, Topics, Names, Bytes];
    }

    /// <summary>Matches all of them, for people to look them up by.</summary>
    public string Pattern { get; }

    /// <summary>Hash: the layout's version, the last offset ever appended, the highest timestamp.</summary>
    public RedisKey State { get; }

    /// <summary>Stream of <see cref="LogEntry"/>: the order of all messages, without their bodies.</summary>
    public RedisKey Log { get; }

    /// <summary>
    /// Hash: a message's record by its offset, the only place where bodies are. Its field <c>change</c> is what was staged and
    /// is not applied yet: here, so that staging is a single command.
    /// </summary>
    public RedisKey Bodies { get; }

    /// <summary>Sorted set, all at score 0: <see cref="TopicKey"/>, a zero byte, the topic's id.</summary>
    public RedisKey Topics { get; }

    /// <summary>Hash: a topic's <see cref="TopicKey"/> by its id.</summary>
    public RedisKey Names { get; }

    /// <summary>Hash: bytes of payload and properties in a topic, by its id.</summary>
    public RedisKey Bytes { get; }

    /// <summary>Prefix of the topics' lists, which go by id: a <see cref="QueueEntry"/> for each message, in order.</summary>
    public RedisValue Queues { get; }

    /// <summary>All but the lists, as the scripts that write take them.</summary>
    public RedisKey[] All { get; }
}
