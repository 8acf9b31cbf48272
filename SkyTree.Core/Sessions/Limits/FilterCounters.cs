namespace SkyTree.Core.Sessions.Limits;

/// <summary>The counters of the filters that durable sessions are subscribed to at QoS 1 or 2. Used in the replicator's order.</summary>
internal sealed class FilterCounters
{
    private readonly Dictionary<string, FilterCounter> _counters = new(StringComparer.Ordinal);

    /// <summary>Filters that are counted.</summary>
    public int Count => _counters.Count;

    /// <summary>The counter of a filter, for one more subscription.</summary>
    public FilterCounter Take(string filter)
    {
        if (!_counters.TryGetValue(filter, out FilterCounter? counter))
        {
            _counters.Add(filter, counter = new FilterCounter(filter));
        }

        counter.Users++;
        return counter;
    }

    /// <summary>Nobody needs any of them any longer.</summary>
    public void Clear() => _counters.Clear();

    /// <summary>A subscription needs it no longer.</summary>
    public void Return(FilterCounter counter)
    {
        if (--counter.Users == 0)
        {
            _counters.Remove(counter.Filter);
        }
    }
}
