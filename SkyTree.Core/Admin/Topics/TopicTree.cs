using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Topics;

/// <summary>
/// The topics that carry messages, as a tree of their levels. Collected from what publishers count, each second and before each look; bounded:
/// topics that were silent for longest are forgotten first.
/// </summary>
/// <param name="maximumNodes">So many levels are kept in all.</param>
internal sealed class TopicTree(int maximumNodes)
{
    private const double ShortSeconds = 10;
    private const double LongSeconds = 60;

    private readonly Lock _gate = new();
    private readonly TopicLevel _root = new(null, ""); // guarded by _gate, as all below it
    private readonly HashSet<TopicLevel> _touched = []; // guarded by _gate
    private int _count; // guarded by _gate
    private long _collectedMs; // guarded by _gate

    /// <summary>Levels in it.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>Takes over what was counted since the last time.</summary>
    /// <param name="index">Where the topics' routes are remembered.</param>
    /// <param name="nowMs">The time.</param>
    public void Collect(SubscriptionIndex index, long nowMs)
    {
        lock (_gate)
        {
            double seconds = _collectedMs == 0 ? 1 : Math.Max(0.001, (nowMs - _collectedMs) / 1000.0);
            _collectedMs = nowMs;
            index.ForEachRoute(route =>
            {
                if (route.TrafficOrNull is { } traffic && traffic.TryCollect(out long messages, out long bytes))
                {
                    Take(route.Name, traffic, messages, bytes, nowMs);
                }
            });
            foreach (TopicLevel level in _touched)
            {
                level.Mix(seconds, nowMs, ShortSeconds, LongSeconds);
            }

            _touched.Clear();
            if (_count > maximumNodes)
            {
                ForgetSilent();
            }
        }
    }

    /// <summary>The levels below a topic, in ordinal order.</summary>
    /// <param name="parent">The topic; null: the first levels.</param>
    /// <param name="after">Those behind this level; null: from the first.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="nowMs">The time.</param>
    public List<TopicItem> Children(string? parent, string? after, int limit, long nowMs)
    {
        lock (_gate)
        {
            TopicLevel? level = parent is null ? _root : Find(parent);
            return
            [
                .. (level?.Children ?? [])
                    .Where(child => after is null || string.CompareOrdinal(child.Name, after) > 0)
                    .OrderBy(child => child.Name, StringComparer.Ordinal)
                    .Take(limit)
                    .Select(child => Describe(child, parent is null ? child.Name : $"{parent}/{child.Name}", nowMs)),
            ];
        }
    }

    /// <summary>One topic or level; null: it is not known.</summary>
    public TopicItem? Get(string topic, long nowMs)
    {
        lock (_gate)
        {
            return Find(topic) is { } level ? Describe(level, topic, nowMs) : null;
        }
    }

    /// <summary>Topics that carry messages and contain a text, in ordinal order.</summary>
    public List<TopicItem> Search(string text, string? after, int limit, long nowMs)
    {
        var found = new List<(string Topic, TopicLevel Level)>();
        lock (_gate)
        {
            var pending = new Stack<(string? Topic, TopicLevel Level)>();
            pending.Push((null, _root));
            while (pending.TryPop(out (string? Topic, TopicLevel Level) at))
            {
                if (at.Topic is not null && at.Level.Messages > 0
                    && at.Topic.Contains(text, StringComparison.OrdinalIgnoreCase) && (after is null || string.CompareOrdinal(at.Topic, after) > 0))
                {
                    found.Add((at.Topic, at.Level));
                }

                foreach (TopicLevel child in at.Level.Children)
                {
                    pending.Push((at.Topic is null ? child.Name : $"{at.Topic}/{child.Name}", child));
                }
            }

            return [.. found.OrderBy(f => f.Topic, StringComparer.Ordinal).Take(limit).Select(f => Describe(f.Level, f.Topic, nowMs))];
        }
    }

    private void Take(string topic, TopicTraffic traffic, long messages, long bytes, long nowMs)
    {
        TopicLevel level = _root;
        foreach (Range range in topic.AsSpan().Split('/'))
        {
            level = level.FindOrAdd(topic.AsSpan(range), ref _count);
        }

        // A route that took the place of a forgotten one counts from nothing again.
        long before = ReferenceEquals(level.Source, traffic) ? level.SourceBytes : 0;
        level.Source = traffic;
        level.SourceBytes = bytes;
        level.Messages += messages;
        if (traffic.CopyValue(out int length, out long atMs) is { } value)
        {
            (level.Value, level.ValueLength, level.ValueAtMs) = (value, length, atMs);
        }

        for (TopicLevel? above = level; above is not null; above = above.Parent)
        {
            above.Pending += messages;
            above.AllMessages += messages;
            above.AllBytes += Math.Max(0, bytes - before);
            above.AllLastMs = nowMs;
            _touched.Add(above);
        }
    }

    private TopicLevel? Find(string topic)
    {
        TopicLevel? level = _root;
        foreach (Range range in topic.AsSpan().Split('/'))
        {
            level = level.Find(topic.AsSpan(range));
            if (level is null)
            {
                return null;
            }
        }

        return level;
    }

    private static TopicItem Describe(TopicLevel level, string topic, long nowMs) => new()
    {
        Topic = topic,
        Level = level.Name,
        ChildCount = level.ChildCount,
        CarriesMessages = level.Messages > 0,
        Messages = level.Messages,
        MessagesBelow = level.AllMessages,
        BytesBelow = level.AllBytes,
        Rate = Math.Round(level.ShortRate * Math.Exp(-(nowMs - level.MixedMs) / 1000.0 / ShortSeconds), 3),
        RatePerMinute = Math.Round(60 * level.LongRate * Math.Exp(-(nowMs - level.MixedMs) / 1000.0 / LongSeconds), 3),
        LastAt = AdminTime.From(level.AllLastMs)!.Value,
        LastValue = level.Value is null ? null : (ReadOnlyMemory<byte>?)level.Value,
        LastValueBytes = level.ValueLength,
        LastValueAt = level.Value is null ? null : AdminTime.From(level.ValueAtMs),
    };

    // A tenth at a time, so that it costs little for each topic that comes.
    private void ForgetSilent()
    {
        var leaves = new List<TopicLevel>();
        var pending = new Stack<TopicLevel>();
        pending.Push(_root);
        while (pending.TryPop(out TopicLevel? level))
        {
            if (level.ChildCount == 0)
            {
                leaves.Add(level);
            }

            foreach (TopicLevel child in level.Children)
            {
                pending.Push(child);
            }
        }

        int target = maximumNodes - (maximumNodes / 10);
        foreach (TopicLevel leaf in leaves.OrderBy(leaf => leaf.AllLastMs))
        {
            if (_count <= target)
            {
                return;
            }

            for (TopicLevel gone = leaf; gone.Parent is { } parent && gone.ChildCount == 0 && (ReferenceEquals(gone, leaf) || gone.Messages == 0); gone = parent)
            {
                parent.Remove(gone);
                _count--;
            }
        }
    }
}
