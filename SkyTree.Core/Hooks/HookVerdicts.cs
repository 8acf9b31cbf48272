using System.Collections.Concurrent;
using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Hooks;

/// <summary>
/// What authorize hooks have said of one connection's topics and filters. Of topics that it publishes to so many are remembered; of filters
/// all that it is subscribed to.
/// </summary>
internal sealed class HookVerdicts
{
    private readonly ConcurrentDictionary<string, FilterVerdict> _filters = new(StringComparer.Ordinal);
    private volatile TopicVerdicts _topics = new(); // another when it is forgotten; what is in it is the connection's thread's
    private int _version; // interlocked

    /// <summary>Rises whenever answers are forgotten: one that was asked for before is old.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The filters of which there are answers.</summary>
    public ICollection<string> Filters => _filters.Keys;

    /// <summary>What is known of a topic. On the connection's thread.</summary>
    /// <returns>False: it has to be asked about.</returns>
    public bool TryFind(ReadOnlySpan<byte> topic, QoS qos, bool retain, out AccessEffect? verdict) => _topics.TryFind(topic, qos, retain, out verdict);

    /// <summary>Remembers an answer about a topic. On the connection's thread.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="qos">The QoS that was asked about.</param>
    /// <param name="retain">Whether it was to be retained.</param>
    /// <param name="verdict">The answer.</param>
    /// <param name="version"><see cref="Version"/> as it was before it was asked for.</param>
    public void Remember(byte[] topic, QoS qos, bool retain, AccessEffect? verdict, int version)
    {
        TopicVerdicts topics = _topics;
        if (Version == version)
        {
            topics.Add(topic, qos, retain, verdict); // if it is forgotten meanwhile, so is this
        }
    }

    /// <summary>Notes the answer about a filter that the client is subscribed to, or about to be.</summary>
    public void Set(string filter, FilterVerdict verdict) => _filters[filter] = verdict;

    /// <summary>Forgets filters that a session is not subscribed to, when there are many.</summary>
    public void Trim(Session session)
    {
        if (_filters.Count < 64 + (2 * session.SubscriptionCount))
        {
            return;
        }

        HashSet<string> used = [.. session.AllSubscriptions.Select(subscription => subscription.Filter.Filter), .. session.Replays.Select(replay => replay.Subscription.Filter.Filter)];
        foreach (string filter in _filters.Keys.Where(filter => !used.Contains(filter)))
        {
            _filters.TryRemove(filter, out _);
        }
    }

    /// <summary>Forgets what was said of topics, and has what was said of filters asked for again by the caller.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _version);
        _topics = new TopicVerdicts();
    }

    /// <summary>What is known of a message to a subscription. Any thread.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    /// <param name="replay">Whether it is sent as a replay.</param>
    /// <returns>Null: the rules decide.</returns>
    public AccessEffect? Find(Subscription subscription, ReadOnlySpan<byte> topic, bool replay)
    {
        if (subscription.Filter.Filter is not { } filter || !_filters.TryGetValue(filter, out FilterVerdict own))
        {
            return null;
        }

        AccessEffect? verdict = replay ? own.ForReplay : own.Read;
        if (verdict == AccessEffect.Allow || replay || _filters.Count == 1)
        {
            return verdict;
        }

        // It may stand for several subscriptions: who may read by one of them may read.
        return subscription.IsMerged ? FindBest(Encoding.UTF8.GetString(topic), verdict) : verdict;
    }

    private AccessEffect? FindBest(string topic, AccessEffect? best)
    {
        foreach ((string filter, FilterVerdict verdict) in _filters)
        {
            if (verdict.Read != AccessEffect.Deny && TopicFilter.Matches(filter, topic))
            {
                best = verdict.Read;
                if (best == AccessEffect.Allow)
                {
                    return best;
                }
            }
        }

        return best;
    }
}

/// <summary>What hooks have said of a filter; null: the rules decide.</summary>
/// <param name="Read">Of subscribing to it.</param>
/// <param name="Replay">Of asking for what is stored.</param>
internal readonly record struct FilterVerdict(AccessEffect? Read, AccessEffect? Replay)
{
    /// <summary>Of a message that is sent as a replay: both count.</summary>
    public AccessEffect? ForReplay =>
        Read == AccessEffect.Deny || Replay == AccessEffect.Deny ? AccessEffect.Deny
        : Read == AccessEffect.Allow && Replay == AccessEffect.Allow ? AccessEffect.Allow
        : null;
}
