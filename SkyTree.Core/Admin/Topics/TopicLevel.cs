using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Topics;

/// <summary>A level of the tree of topics. Guarded by the tree's gate.</summary>
internal sealed class TopicLevel(TopicLevel? parent, string name)
{
    private Dictionary<string, TopicLevel>? _children;

    public TopicLevel? Parent { get; } = parent;

    public string Name { get; } = name;

    /// <summary>Messages to exactly this topic.</summary>
    public long Messages { get; set; }

    /// <summary>Messages to this topic and those below it.</summary>
    public long AllMessages { get; set; }

    /// <summary>Their payloads' bytes.</summary>
    public long AllBytes { get; set; }

    /// <summary>When the last of them was collected.</summary>
    public long AllLastMs { get; set; }

    /// <summary>Those of them that have come since the rates were mixed.</summary>
    public long Pending { get; set; }

    /// <summary>Messages per second, of the last seconds.</summary>
    public double ShortRate { get; private set; }

    /// <summary>Messages per second, of the last minute.</summary>
    public double LongRate { get; private set; }

    /// <summary>When the rates were right.</summary>
    public long MixedMs { get; private set; }

    /// <summary>The beginning of the last payload; null: none is known.</summary>
    public byte[]? Value { get; set; }

    public int ValueLength { get; set; }

    public long ValueAtMs { get; set; }

    /// <summary>Where its bytes were counted last, and how many had been.</summary>
    public TopicTraffic? Source { get; set; }

    public long SourceBytes { get; set; }

    public int ChildCount => _children?.Count ?? 0;

    public IEnumerable<TopicLevel> Children => _children is null ? [] : _children.Values;

    public TopicLevel? Find(ReadOnlySpan<char> level) =>
        _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out TopicLevel? child) ? child : null;

    public TopicLevel FindOrAdd(ReadOnlySpan<char> level, ref int count)
    {
        if (Find(level) is { } found)
        {
            return found;
        }

        var added = new TopicLevel(this, level.ToString());
        (_children ??= new Dictionary<string, TopicLevel>(StringComparer.Ordinal)).Add(added.Name, added);
        count++;
        return added;
    }

    public void Remove(TopicLevel child)
    {
        if (_children!.Remove(child.Name) && _children.Count == 0)
        {
            _children = null;
        }
    }

    /// <summary>Mixes what has come into the rates: each is the mean of the past, weighed less the longer ago.</summary>
    /// <param name="seconds">In so many seconds it has come.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="shortSeconds">How long the short rate remembers.</param>
    /// <param name="longSeconds">The same for the long one.</param>
    public void Mix(double seconds, long nowMs, double shortSeconds, double longSeconds)
    {
        double passed = MixedMs == 0 ? seconds : Math.Max(seconds, (nowMs - MixedMs) / 1000.0);
        double rate = Pending / seconds;
        ShortRate = Mix(ShortRate, shortSeconds);
        LongRate = Mix(LongRate, longSeconds);
        Pending = 0;
        MixedMs = nowMs;

        double Mix(double before, double memory) => (before * Math.Exp(-passed / memory)) + (rate * (1 - Math.Exp(-seconds / memory)));
    }
}
