using System.Runtime.InteropServices;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// The trie from topic filters to subscribers. Matching takes no lock and costs the levels of the topic and the
/// subscriptions that match, however many do not. Changes come from one thread at a time (the replicator's order).
/// </summary>
internal sealed class SubscriptionIndex(RouteCache cache, TopicPolicies? policies = null)
{
    private const int FewMatches = 16;
    private const int LargestScratch = 4096;

    private readonly Lock _writer = new();
    private TopicNode _root = new(null, [], 0); // replaced under _writer
    private readonly Dictionary<string, SharedGroup> _groups = new(StringComparer.Ordinal); // guarded by _writer

    private long _version; // written under _writer; read by all
    private long _count; // written under _writer

    [ThreadStatic]
    private static List<object>? t_matches;

    [ThreadStatic]
    private static HashSet<object>? t_sessions;

    [ThreadStatic]
    private static Dictionary<object, List<Subscription>>? t_overlaps;

    [ThreadStatic]
    private static Stack<(TopicNode Node, int Start)>? t_pending;

    public SubscriptionIndex(TopicPolicies? policies = null)
        : this(new RouteCache(), policies)
    {
    }

    /// <summary>Rises with every change; a <see cref="Route"/> of an older version may be out of date.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Subscriptions in it; a shared group counts once.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether the trie has no level left; for tests.</summary>
    internal bool IsPruned => _root.IsEmpty;

    /// <summary>The shared groups that stand now.</summary>
    public SharedGroup[] Groups
    {
        get
        {
            lock (_writer)
            {
                return [.. _groups.Values];
            }
        }
    }

    /// <summary>Adds a session's subscription or a shared group, or replaces the one of the same session and filter.</summary>
    public void Set(TopicFilter filter, object entry)
    {
        lock (_writer)
        {
            TopicNode node = FindOrAdd(filter.Filter, out bool below);
            ref object? place = ref below ? ref node.Below : ref node.Here;
            object key = SubscriberSet.KeyOf(entry);
            if (place is null)
            {
                Volatile.Write(ref place, entry);
                _count++;
            }
            else if (place is SubscriberSet set)
            {
                _count += set.Set(key, entry) is null ? 1 : 0;
            }
            else if (ReferenceEquals(SubscriberSet.KeyOf(place), key))
            {
                Volatile.Write(ref place, entry);
            }
            else
            {
                var grown = new SubscriberSet();
                grown.Set(SubscriberSet.KeyOf(place), place);
                grown.Set(key, entry);
                Volatile.Write(ref place, grown);
                _count++;
            }

            if (entry is SharedGroup group)
            {
                _groups[filter.Text] = group;
            }

            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Removes what a session or shared group (the key) has at a filter.</summary>
    public void Remove(TopicFilter filter, object key)
    {
        lock (_writer)
        {
            TopicNode node = FindOrAdd(filter.Filter, out bool below);
            ref object? place = ref below ? ref node.Below : ref node.Here;
            if (place is SubscriberSet set)
            {
                if (set.Remove(key) is not null)
                {
                    _count--;
                    if (set.Count == 0)
                    {
                        Volatile.Write(ref place, null);
                    }
                }
            }
            else if (place is not null && ReferenceEquals(SubscriberSet.KeyOf(place), key))
            {
                Volatile.Write(ref place, null);
                _count--;
            }

            if (key is SharedGroup)
            {
                _groups.Remove(filter.Text);
            }

            Prune(node);
            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Removes everything. Who is matching meanwhile finds what there was.</summary>
    public void Clear()
    {
        lock (_writer)
        {
            Volatile.Write(ref _root, new TopicNode(null, [], 0));
            _groups.Clear();
            Volatile.Write(ref _count, 0);
            Volatile.Write(ref _version, _version + 1); // it only ever rises, so that no older route is taken for a newer one
        }

        cache.Clear(); // it would keep the subscribers' sessions alive
    }

    /// <summary>Looks at the routes of topics that were asked for of late.</summary>
    public void ForEachRoute(Action<Route> action) => cache.ForEach(action);

    /// <summary>The sessions that have exactly a filter, and those that are members of it as a shared group.</summary>
    public List<Session> Holders(TopicFilter filter)
    {
        var sessions = new List<Session>();
        lock (_writer)
        {
            if (filter.IsShared)
            {
                sessions.AddRange(_groups.GetValueOrDefault(filter.Text)?.Members.Select(member => member.Session) ?? []);
                return sessions;
            }

            TopicNode? node = Find(filter.Filter, out bool below);
            switch (below ? node?.Below : node?.Here)
            {
                case Subscription subscription:
                    sessions.Add(subscription.Session);
                    break;
                case SubscriberSet set:
                    sessions.AddRange(set.Buckets.SelectMany(bucket => bucket).OfType<Subscription>().Select(subscription => subscription.Session));
                    break;
            }
        }

        return sessions;
    }

    private TopicNode? Find(string filter, out bool below)
    {
        below = false;
        TopicNode? node = _root;
        foreach (string level in filter.Split('/'))
        {
            if (level == "#")
            {
                below = true;
                return node;
            }

            node = level == "+" ? node.Plus : node.Find(Encoding.UTF8.GetBytes(level));
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>The shared group of a <c>$share/{group}/{filter}</c>, or null. For the writer.</summary>
    public SharedGroup? FindGroup(TopicFilter filter)
    {
        lock (_writer)
        {
            return _groups.GetValueOrDefault(filter.Text);
        }
    }

    /// <summary>Who gets a message to a topic; remembered for topics that were asked for of late.</summary>
    /// <param name="topic">A legal topic name in UTF-8.</param>
    public Route Match(ReadOnlySpan<byte> topic)
    {
        uint hash = TopicNode.HashOf(topic);
        Route? cached = cache.Find(topic, hash);
        long version = Version;
        if (cached is not null && cached.Version == version)
        {
            return cached;
        }

        Route route = Build(topic, hash, version, cached);
        if (!ReferenceEquals(route, cached))
        {
            cache.Keep(route);
        }

        return route;
    }

    /// <summary>Matches a topic against the trie.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="version">The index's version, read before: what is found is at least as new.</param>
    /// <param name="old">The topic's route of an older version, or null. Most changes do not concern it, and then it is given back.</param>
    private Route Build(ReadOnlySpan<byte> topic, uint hash, long version, Route? old)
    {
        List<object> matches = t_matches ??= [];
        matches.Clear();
        bool dollar = topic.Length > 0 && topic[0] == (byte)'$';
        int nodes = 0;
        Collect(Volatile.Read(ref _root), topic, dollar, matches, ref nodes);
        if (old is not null && old.HasExactly(matches))
        {
            old.Version = version;
            GiveBack(matches);
            return old;
        }

        int groups = 0;
        foreach (object match in matches)
        {
            groups += match is SharedGroup ? 1 : 0;
        }

        List<FilterCounter>? counters = null;
        var subscriptions = new Subscription[matches.Count - groups];
        SharedGroup[] shared = groups == 0 ? [] : new SharedGroup[groups];
        int s = 0;
        int g = 0;
        foreach (object match in matches)
        {
            if (match is Subscription subscription)
            {
                subscriptions[s++] = subscription;
                if (subscription.Counter is { } counter)
                {
                    AddDistinct(counters ??= [], counter);
                }
            }
            else
            {
                shared[g++] = (SharedGroup)match;
            }
        }

        GiveBack(matches);
        if (nodes > 1 && HasOverlap(subscriptions))
        {
            subscriptions = MergeOverlapping(subscriptions);
        }

        string? name = old?.NameOrNull;
        TopicPolicy policy = default;
        if (policies is { IsEmpty: false })
        {
            name ??= Encoding.UTF8.GetString(topic);
            policy = old?.Policy ?? policies.For(name);
        }

        return new Route(old?.Topic ?? topic.ToArray(), name, hash, version, subscriptions, shared, policy, counters?.ToArray(), old?.TrafficOrNull);
    }

    // Those of one filter come one after the other, and share its counter.
    private static void AddDistinct(List<FilterCounter> counters, FilterCounter counter)
    {
        if (counters.Count == 0 || (!ReferenceEquals(counters[^1], counter) && !counters.Contains(counter)))
        {
            counters.Add(counter);
        }
    }

    private static bool HasOverlap(Subscription[] subscriptions)
    {
        if (subscriptions.Length <= FewMatches)
        {
            for (int i = 1; i < subscriptions.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if (ReferenceEquals(subscriptions[i].Session, subscriptions[j].Session))
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        HashSet<object> sessions = t_sessions ??= new HashSet<object>(ReferenceEqualityComparer.Instance);
        bool overlap = false;
        foreach (Subscription subscription in subscriptions)
        {
            if (!sessions.Add(subscription.Session))
            {
                overlap = true;
                break;
            }
        }

        t_sessions = sessions.Count > LargestScratch ? null : sessions;
        sessions.Clear();
        return overlap;
    }

    // A thread keeps no more than it usually needs.
    private static void GiveBack(List<object> matches)
    {
        t_matches = matches.Capacity > LargestScratch ? null : matches;
        matches.Clear();
    }

    // A session is at one place of the trie once; it can be doubled only if several places matched.
    private static Subscription[] MergeOverlapping(Subscription[] subscriptions)
    {
        Dictionary<object, List<Subscription>> overlaps = t_overlaps ??= [];
        foreach (Subscription subscription in subscriptions)
        {
            ref List<Subscription>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(overlaps, subscription.Session, out _);
            (list ??= []).Add(subscription);
        }

        var merged = new Subscription[overlaps.Count];
        int i = 0;
        foreach (List<Subscription> list in overlaps.Values)
        {
            merged[i++] = Subscription.Merge(CollectionsMarshal.AsSpan(list));
        }

        t_overlaps = overlaps.Count > LargestScratch ? null : overlaps;
        overlaps.Clear();
        return merged;
    }

    // Filters may have thousands of "+" levels, so the stack is our own.
    private static void Collect(TopicNode root, ReadOnlySpan<byte> topic, bool dollar, List<object> matches, ref int nodes)
    {
        // Wildcards in the first level do not match topics that begin with "$" [MQTT-4.7.2-1].
        Stack<(TopicNode Node, int Start)> pending = t_pending ??= new Stack<(TopicNode, int)>();
        TopicNode? node = root;
        int start = 0;
        while (true)
        {
            bool wildcards = !dollar || start > 0;
            if (wildcards)
            {
                Take(node.Below, matches, ref nodes);
            }

            ReadOnlySpan<byte> rest = topic[start..];
            int slash = rest.IndexOf((byte)'/');
            TopicNode? plus = wildcards ? Volatile.Read(ref node.Plus) : null;
            TopicNode? child = node.Find(slash < 0 ? rest : rest[..slash]);
            if (slash < 0)
            {
                TakeEnd(plus, matches, ref nodes);
                TakeEnd(child, matches, ref nodes);
                node = null;
            }
            else
            {
                start += slash + 1;
                node = child ?? plus;
                if (child is not null && plus is not null)
                {
                    pending.Push((plus, start));
                }
            }

            if (node is null)
            {
                if (!pending.TryPop(out (TopicNode Node, int Start) next))
                {
                    return;
                }

                (node, start) = next;
            }
        }
    }

    private static void TakeEnd(TopicNode? node, List<object> matches, ref int nodes)
    {
        if (node is not null)
        {
            Take(node.Here, matches, ref nodes);
            Take(node.Below, matches, ref nodes); // "a/#" matches "a"
        }
    }

    private static void Take(object? place, List<object> matches, ref int nodes)
    {
        if (place is null)
        {
            return;
        }

        nodes++;
        if (place is not SubscriberSet set)
        {
            matches.Add(place);
            return;
        }

        foreach (object[] bucket in set.Buckets)
        {
            matches.AddRange(bucket);
        }
    }

    private TopicNode FindOrAdd(string filter, out bool below)
    {
        below = false;
        TopicNode node = _root;
        ReadOnlySpan<char> rest = filter;
        Span<byte> utf8 = stackalloc byte[256];
        while (true)
        {
            int slash = rest.IndexOf('/');
            ReadOnlySpan<char> level = slash < 0 ? rest : rest[..slash];
            if (level is "#")
            {
                below = true;
                return node;
            }

            if (level is "+")
            {
                if (node.Plus is null)
                {
                    Volatile.Write(ref node.Plus, new TopicNode(node, "+"u8.ToArray(), 0));
                }

                node = node.Plus;
            }
            else
            {
                int length = Encoding.UTF8.GetByteCount(level);
                Span<byte> bytes = length <= utf8.Length ? utf8[..length] : new byte[length];
                Encoding.UTF8.GetBytes(level, bytes);
                node = node.FindOrAdd(bytes);
            }

            if (slash < 0)
            {
                return node;
            }

            rest = rest[(slash + 1)..];
        }
    }

    private static void Prune(TopicNode node)
    {
        while (node.IsEmpty && node.Parent is { } parent)
        {
            if (ReferenceEquals(parent.Plus, node))
            {
                Volatile.Write(ref parent.Plus, null);
            }
            else
            {
                parent.Remove(node);
            }

            node = parent;
        }
    }
}
