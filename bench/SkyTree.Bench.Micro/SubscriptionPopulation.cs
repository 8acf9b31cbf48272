using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Bench.Micro;

/// <summary>What sort of filters there are.</summary>
public enum Filters
{
    /// <summary>One for each device, without wildcards.</summary>
    Literal,

    /// <summary>For each device one literal, and one with + or #: every topic matches two.</summary>
    Mixed,
}

/// <summary>An index with many subscriptions. Topics of 1,000 sites with their devices; 10,000 sessions share the filters.</summary>
internal sealed class SubscriptionPopulation
{
    private const int Sites = 1_000;
    private const int Sessions = 10_000;

    private static readonly SessionContext s_context = new(
        new BrokerOptions(),
        new StoreOptions(),
        new InMemoryMessageStore(),
        new DropLedger(),
        TimeProvider.System,
        new BrokerLog(NullLogger.Instance));

    // Building a million takes a second or two: what was built last is kept for the next benchmark.
    private static SubscriptionPopulation? s_last;

    private readonly Session[] _sessions = [.. Enumerable.Range(0, Sessions).Select(i => new Session($"client-{i}", durable: false, s_context))];

    private SubscriptionPopulation(Filters filters, int count, bool cached)
    {
        Filters = filters;
        Count = count;
        Cached = cached;
        // With a cache of four routes every topic is a new one.
        Index = new SubscriptionIndex(cached ? new RouteCache() : new RouteCache(routes: 4));
        for (int n = 0; n < count; n++)
        {
            Subscription subscription = NewSubscription(n);
            Index.Set(subscription.Filter, subscription);
        }
    }

    public SubscriptionIndex Index { get; }

    public Filters Filters { get; }

    public int Count { get; }

    public bool Cached { get; }

    /// <summary>How many subscriptions each device's topic matches.</summary>
    public int MatchesPerTopic => Filters == Filters.Literal ? 1 : 2;

    private int Devices => Count / MatchesPerTopic;

    public static SubscriptionPopulation Get(Filters filters, int count, bool cached)
    {
        if (s_last is not { } last || last.Filters != filters || last.Count != count || last.Cached != cached)
        {
            s_last = null;
            s_last = new SubscriptionPopulation(filters, count, cached);
        }

        return s_last;
    }

    /// <summary>Topics of devices spread evenly over all, each of them distinct.</summary>
    public byte[][] Topics(int count) =>
        [.. Enumerable.Range(0, count).Select(i => (int)((long)i * Devices / count)).Select(device => Encoding.UTF8.GetBytes($"site/{device % Sites}/device/{device}/status"))];

    /// <summary>The subscription of a number; those from <see cref="Count"/> on are not in the index.</summary>
    public Subscription NewSubscription(int n)
    {
        int device = n / MatchesPerTopic;
        int site = device % Sites;
        string filter = n % MatchesPerTopic == 0 ? $"site/{site}/device/{device}/status"
            : device % 2 == 0 ? $"site/+/device/{device}/status"
            : $"site/{site}/device/{device}/#";
        return TopicFilter.TryParse(filter, out TopicFilter parsed)
            ? new Subscription { Session = _sessions[n % Sessions], Filter = parsed, QoS = QoS.AtLeastOnce }
            : throw new InvalidOperationException(filter);
    }
}
