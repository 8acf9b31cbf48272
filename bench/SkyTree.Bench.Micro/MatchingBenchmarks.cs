using BenchmarkDotNet.Attributes;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Bench.Micro;

/// <summary>Who gets a message to a topic, as the number of subscriptions that do not match grows.</summary>
public class MatchingBenchmarks
{
    private const int Topics = 4_096;

    private SubscriptionPopulation _population = null!;
    private byte[][] _topics = null!;
    private int _next;

    [Params(10_000, 100_000, 1_000_000)]
    public int Subscriptions { get; set; }

    [Params(Filters.Literal, Filters.Mixed)]
    public Filters Filters { get; set; }

    [GlobalSetup(Target = nameof(Uncached))]
    public void FillForUncached() => Fill(cached: false, Topics);

    [GlobalSetup(Target = nameof(UncachedAnyDevice))]
    public void FillForAll() => Fill(cached: false, Subscriptions / 2);

    [GlobalSetup(Target = nameof(Cached))]
    public void FillForCached() => Fill(cached: true, Topics);

    [Benchmark(Description = "match, not cached, 4,096 topics")]
    public int Uncached() => MatchNext();

    // The trie of a million does not fit the processor's caches: this shows what memory adds.
    [Benchmark(Description = "match, not cached, topics of all devices")]
    public int UncachedAnyDevice() => MatchNext();

    [Benchmark(Description = "match, cached")]
    public int Cached() => MatchNext();

    private int MatchNext()
    {
        Route route = _population.Index.Match(_topics[_next]);
        if (++_next == _topics.Length)
        {
            _next = 0;
        }

        return route.Subscriptions.Length;
    }

    private void Fill(bool cached, int topics)
    {
        _population = SubscriptionPopulation.Get(Filters, Subscriptions, cached);
        _topics = _population.Topics(topics);
        new Random(1).Shuffle(_topics); // the order of arrival has nothing to do with the order in memory
        _next = 0;
        foreach (byte[] topic in _topics)
        {
            if (_population.Index.Match(topic).Subscriptions.Length != _population.MatchesPerTopic)
            {
                throw new InvalidOperationException("a topic does not match what it should");
            }
        }
    }
}
