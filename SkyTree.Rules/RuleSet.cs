using System.Diagnostics.Metrics;
using SkyTree.Core.InProcess;
using SkyTree.Core.Rewriting;
using SkyTree.Rules.Republishing;
using SkyTree.Rules.Rewriting;
using SkyTree.Sinks;

namespace SkyTree.Rules;

/// <summary>The rules of a broker, compiled: the rewriter that it is given, and the sinks that publish again.</summary>
internal sealed class RuleSet : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SkyTree.Rules";

    private readonly TimeProvider _time;
    private readonly TopicRewriter _rewriter;
    private readonly List<(RepublishRule Rule, RuleCounters Counters)> _republish;
    private readonly RuleMetrics _metrics;

    /// <summary>Compiles them.</summary>
    /// <param name="options">The options; those that are not enabled are left out.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meters">Makes the meter <see cref="MeterName"/>; null: it is its own.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public RuleSet(RulesOptions options, TimeProvider time, IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate("Rules", (key, problem) => throw new ArgumentException($"{key}: {problem}", nameof(options)));
        _time = time;
        _rewriter = new TopicRewriter([.. options.Rewrites.Where(rewrite => rewrite.Enabled).Select(rewrite => RewriteRule.TryCreate(rewrite, Ignore)!)], time);
        _republish =
        [
            .. options.Republish.Where(pair => pair.Value.Enabled)
                .Select(pair => (RepublishRule.TryCreate(pair.Key, pair.Value, Ignore)!, new RuleCounters(time)))
                .OrderBy(pair => pair.Item1.Name, StringComparer.Ordinal),
        ];
        _metrics = new RuleMetrics(meters, [.. _rewriter.Rules.Select(pair => (pair.Rule.Options.Name, pair.Counters)), .. _republish.Select(pair => (pair.Rule.Name, pair.Counters))]);
    }

    /// <summary>What the broker is to be given; null: there is nothing to rewrite.</summary>
    public ITopicRewriter? Rewriter => _rewriter.Rules.Any() ? _rewriter : null;

    /// <summary>The names of the rules that publish again, in their order.</summary>
    public IEnumerable<string> Republishing => _republish.Select(pair => pair.Rule.Name);

    internal TopicRewriter Rewrites => _rewriter;

    internal IReadOnlyList<(RepublishRule Rule, RuleCounters Counters)> Republish => _republish;

    /// <summary>The name of the sink that a rule which publishes again is.</summary>
    /// <param name="rule">The rule's name.</param>
    public static string SinkNameOf(string rule) => $"rule-{rule}";

    /// <summary>The sink that publishes again what a rule says.</summary>
    /// <param name="name">The rule's name.</param>
    /// <param name="client">The client of the broker whose sinks run it.</param>
    public SinkDefinition ToSink(string name, ISkyTreeClient client)
    {
        (RepublishRule rule, RuleCounters counters) = _republish.First(pair => pair.Rule.Name == name);
        return rule.ToSink(() => new RepublishSink(rule, counters, client, _time));
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    // They have been validated.
    private static void Ignore(string option, string problem)
    {
    }
}
