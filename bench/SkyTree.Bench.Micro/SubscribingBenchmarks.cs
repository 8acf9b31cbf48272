using BenchmarkDotNet.Attributes;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Bench.Micro;

/// <summary>Subscribing and unsubscribing in an index that holds many.</summary>
public class SubscribingBenchmarks
{
    private const int Batch = 1_000;

    private SubscriptionPopulation _population = null!;
    private Subscription[] _new = null!;

    [Params(10_000, 1_000_000)]
    public int Subscriptions { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _population = SubscriptionPopulation.Get(Filters.Mixed, Subscriptions, cached: true);
        _new = [.. Enumerable.Range(Subscriptions, Batch).Select(_population.NewSubscription)];
    }

    [Benchmark(Description = "subscribe and unsubscribe", OperationsPerInvoke = Batch)]
    public long AddAndRemove()
    {
        foreach (Subscription subscription in _new)
        {
            _population.Index.Set(subscription.Filter, subscription);
        }

        foreach (Subscription subscription in _new)
        {
            _population.Index.Remove(subscription.Filter, subscription.Session);
        }

        return _population.Index.Count == Subscriptions
            ? _population.Index.Count
            : throw new InvalidOperationException("subscriptions were lost or left");
    }
}
