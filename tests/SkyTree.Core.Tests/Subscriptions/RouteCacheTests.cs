using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class RouteCacheTests
{
    private static readonly SessionContext s_context = new(
        new BrokerOptions(),
        new StoreOptions(),
        new InMemoryMessageStore(),
        new DropLedger(),
        TimeProvider.System,
        new BrokerLog(NullLogger.Instance));

    [Fact]
    public void Topics_whose_hashes_meet_keep_their_routes()
    {
        var cache = new RouteCache(routes: 8);
        Route[] routes = [.. Enumerable.Range(0, 4).Select(i => NewRoute($"topic/{i}", hash: 6))];
        foreach (Route route in routes)
        {
            cache.Keep(route);
        }

        Assert.All(routes, route => Assert.Same(route, cache.Find(route.Topic, 6)));
        Assert.Null(cache.Find("topic/4"u8, 6));
    }

    [Fact]
    public void A_newer_route_takes_the_place_of_its_topics_older_one()
    {
        var cache = new RouteCache(routes: 4);
        cache.Keep(NewRoute("a", hash: 1));
        cache.Keep(NewRoute("b", hash: 1));
        long weight = cache.Weight;
        Route newer = NewRoute("b", hash: 1, version: 2);
        cache.Keep(newer);
        Assert.Same(newer, cache.Find("b"u8, 1));
        Assert.NotNull(cache.Find("a"u8, 1));
        Assert.Equal(weight, cache.Weight);
    }

    [Fact]
    public void What_it_keeps_is_bounded_in_memory_whatever_topics_are_published_to()
    {
        var cache = new RouteCache(routes: 1 << 12, maximumWeight: 10_000);
        for (int i = 0; i < 10_000; i++)
        {
            cache.Keep(NewRoute(new string('t', 1000) + i, (uint)i * 7919));
            Assert.InRange(cache.Weight, 0, 10_000);
        }

        Assert.True(cache.Weight > 0);
    }

    [Fact]
    public void A_very_long_topic_is_not_kept()
    {
        var cache = new RouteCache();
        cache.Keep(NewRoute(new string('t', 60_000), 1));
        Assert.Equal(0, cache.Weight);
    }

    [Fact]
    public void A_topic_with_very_many_subscribers_is_kept_unless_it_would_fill_the_cache()
    {
        Subscription[] subscriptions = [.. Enumerable.Repeat(NewSubscription("news"), 100_000)];
        var route = new Route("news"u8.ToArray(), null, 1, 1, subscriptions, []);
        var roomy = new RouteCache();
        roomy.Keep(route);
        Assert.Same(route, roomy.Find("news"u8, 1));
        var small = new RouteCache(maximumWeight: 200_000);
        small.Keep(route);
        Assert.Null(small.Find("news"u8, 1));
    }

    [Fact]
    public void A_subscription_elsewhere_costs_a_cached_topic_no_allocation()
    {
        var index = new SubscriptionIndex();
        Subscribe(index, "plant/+/temperature");
        Subscribe(index, "plant/7/#");
        Subscribe(index, "$share/g/plant/7/temperature");
        Subscription elsewhere = NewSubscription("plant/8/temperature");
        Route first = index.Match("plant/7/temperature"u8);
        long allocated = long.MaxValue; // by the round that allocates least: the runtime may, once, when it compiles a method anew
        for (int i = 0; i < 10; i++)
        {
            index.Set(elsewhere.Filter, elsewhere);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Same(first, index.Match("plant/7/temperature"u8));
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            index.Remove(elsewhere.Filter, elsewhere.Session);
        }

        Assert.Equal(2, first.Subscriptions.Length);
        Assert.Single(first.Groups);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_subscription_to_a_cached_topic_is_seen_at_once()
    {
        var index = new SubscriptionIndex();
        Subscribe(index, "plant/7/temperature");
        Assert.Single(index.Match("plant/7/temperature"u8).Subscriptions);
        Subscription second = Subscribe(index, "plant/#");
        Assert.Equal(2, index.Match("plant/7/temperature"u8).Subscriptions.Length);
        index.Remove(second.Filter, second.Session);
        Assert.Single(index.Match("plant/7/temperature"u8).Subscriptions);
    }

    [Fact]
    public void Children_of_a_level_are_found_until_they_are_removed_and_not_after()
    {
        var index = new SubscriptionIndex();
        List<Subscription> there = [.. Enumerable.Range(0, 1000).Select(i => Subscribe(index, $"device/{i}"))];
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < there.Count; i += 1 + round)
            {
                Subscription leaving = there[i];
                index.Remove(leaving.Filter, leaving.Session);
                Assert.True(index.Match(Encoding.UTF8.GetBytes(leaving.Filter.Text)).IsEmpty);
                there[i] = Subscribe(index, $"device/{round}-{i}");
            }

            Assert.All(there, s => Assert.Same(s, Assert.Single(index.Match(Encoding.UTF8.GetBytes(s.Filter.Text)).Subscriptions)));
        }
    }

    private static Route NewRoute(string topic, uint hash, long version = 1) => new(Encoding.UTF8.GetBytes(topic), null, hash, version, [], []);

    private static Subscription Subscribe(SubscriptionIndex index, string filter)
    {
        Subscription subscription = NewSubscription(filter);
        index.Set(subscription.Filter, subscription.Filter.IsShared ? new SharedGroup(subscription.Filter, s_context) : subscription);
        return subscription;
    }

    private static Subscription NewSubscription(string filter)
    {
        Assert.True(TopicFilter.TryParse(filter, out TopicFilter parsed));
        return new Subscription { Session = new Session(filter, durable: false, s_context), Filter = parsed };
    }
}
