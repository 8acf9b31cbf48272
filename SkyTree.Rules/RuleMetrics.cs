using System.Diagnostics.Metrics;

namespace SkyTree.Rules;

/// <summary>The meter <c>SkyTree.Rules</c>, observed; <c>docs/metrics.md</c> explains each.</summary>
internal sealed class RuleMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly IReadOnlyList<(string Name, RuleCounters Counters)> _rules;

    public RuleMetrics(IMeterFactory? meters, IReadOnlyList<(string Name, RuleCounters Counters)> rules)
    {
        var options = new MeterOptions(RuleSet.MeterName) { Version = Core.Broker.Version };
        _meter = meters?.Create(options) ?? new Meter(options);
        _rules = rules;
        Counter("skytree.rule.hits", "{topic}", "Topics or messages that fitted a rule's filter.", rule => rule.Hits);
        Counter("skytree.rule.matches", "{topic}", "Those that the rule has rewritten, or published again.", rule => rule.Matches);
        Counter("skytree.rule.failures", "{topic}", "Those that the rule could make nothing of.", rule => rule.Failures);
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, string unit, string description, Func<RuleCounters, long> read) =>
        _meter.CreateObservableCounter(
            name,
            () => _rules.Select(rule => new Measurement<long>(read(rule.Counters), new KeyValuePair<string, object?>("rule", rule.Name))),
            unit,
            description);
}
