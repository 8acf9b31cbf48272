namespace SkyTree.Core.Subscriptions;

/// <summary>
/// Routes of topics that were asked for of late. Bounded in number and in memory, since whoever publishes chooses the
/// topics. Any thread reads and writes; slots are swapped whole.
/// </summary>
internal sealed class RouteCache
{
    private const int Ways = 4; // topics whose hashes meet do not push each other out
    private const int DefaultRoutes = 1 << 17;
    private const int LargestTopic = 1024; // in bytes
    private const long DefaultWeight = 8 * 1024 * 1024; // in references, so 64 MiB

    private readonly Route?[] _slots;
    private readonly long _maximumWeight;
    private long _weight; // of what is in the slots; interlocked
    private int _turn; // which of a full set's routes goes next; a lost update does no harm

    public RouteCache(int routes = DefaultRoutes, long maximumWeight = DefaultWeight)
    {
        _slots = new Route?[Math.Max(routes, Ways)];
        _maximumWeight = maximumWeight;
    }

    /// <summary>What the routes in it weigh, in references.</summary>
    public long Weight => Interlocked.Read(ref _weight);

    /// <summary>The topic's route, perhaps of an older version, or null.</summary>
    public Route? Find(ReadOnlySpan<byte> topic, uint hash)
    {
        Span<Route?> set = SetOf(hash);
        for (int i = 0; i < Ways; i++)
        {
            if (Volatile.Read(ref set[i]) is { } route && route.Hash == hash && route.Topic.AsSpan().SequenceEqual(topic))
            {
                return route;
            }
        }

        return null;
    }

    /// <summary>Keeps a route in place of the same topic's older one, of nothing, of an outdated one, or of another.</summary>
    public void Keep(Route route)
    {
        if (route.Topic.Length > LargestTopic || WeightOf(route) > _maximumWeight / 8)
        {
            return;
        }

        Span<Route?> set = SetOf(route.Hash);
        Route? before = Interlocked.Exchange(ref set[ChooseSlot(set, route)], route);
        if (Interlocked.Add(ref _weight, WeightOf(route) - WeightOf(before)) > _maximumWeight)
        {
            Clear();
        }
    }

    private int ChooseSlot(Span<Route?> set, Route route)
    {
        int chosen = -1;
        for (int i = 0; i < Ways; i++)
        {
            Route? there = Volatile.Read(ref set[i]);
            if (there is not null && there.Hash == route.Hash && there.Topic.AsSpan().SequenceEqual(route.Topic))
            {
                return i;
            }

            if (there is null || (chosen < 0 && there.Version < route.Version))
            {
                chosen = i;
            }
        }

        return chosen >= 0 ? chosen : _turn++ & (Ways - 1);
    }

    /// <summary>Forgets all routes.</summary>
    /// <remarks>Costs a millisecond after many thousands of routes were built: rare, and simpler than to choose.</remarks>
    public void Clear()
    {
        foreach (ref Route? slot in _slots.AsSpan())
        {
            if (Interlocked.Exchange(ref slot, null) is { } route)
            {
                Interlocked.Add(ref _weight, -WeightOf(route));
            }
        }
    }

    /// <summary>Looks at all routes in it.</summary>
    public void ForEach(Action<Route> action)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (Volatile.Read(ref _slots[i]) is { } route)
            {
                action(route);
            }
        }
    }

    private Span<Route?> SetOf(uint hash) => _slots.AsSpan((int)(hash & (uint)((_slots.Length / Ways) - 1)) * Ways, Ways);

    // The route itself, its topic in UTF-8 and as a string, its arrays, and what is counted of the topic with its last value.
    private static long WeightOf(Route? route) =>
        route is null ? 0 : 24 + TopicTraffic.Weight + (route.Topic.Length * 3 / 8) + route.Subscriptions.Length + route.Groups.Length + (route.Counters?.Length ?? 0);
}
