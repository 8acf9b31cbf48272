using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Rules.Testing;
using SkyTree.Sinks;

namespace SkyTree.Rules;

/// <summary>What people see of rules, and trying them.</summary>
internal sealed class RuleAdmin
{
    private const string Question = "rules.counters";

    private readonly Broker _broker;
    private readonly RuleSet _rules;
    private readonly SinkAdmin _sinks;
    private readonly RuleTester _tester;

    /// <summary>Creates it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="rules">Its rules.</param>
    /// <param name="sinks">The sinks that run those of them that publish again.</param>
    /// <param name="time">The clock.</param>
    public RuleAdmin(Broker broker, RuleSet rules, SinkAdmin sinks, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(broker);
        (_broker, _rules, _sinks) = (broker, rules, sinks);
        _tester = new RuleTester(rules, time);
        broker.Admin.Nodes.Answer<CountersQuestion, IReadOnlyList<RuleStatus>>(Question, (_, _) => new(DescribeHere()));
    }

    /// <summary>All rules: rewrites in their order, then those that publish again, by name.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<IReadOnlyList<RuleStatus>> ListAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Rules, AdminAccess.Read);
        List<RuleStatus> here = DescribeHere();
        if (here.Count == 0)
        {
            return here;
        }

        (IReadOnlyList<(Guid Node, IReadOnlyList<RuleStatus> Answer)> answers, _) =
            await _broker.Admin.Nodes.AskOthersAsync<CountersQuestion, IReadOnlyList<RuleStatus>>(Question, new CountersQuestion(), cancellationToken).ConfigureAwait(false);
        ILookup<string, RuleStatus> elsewhere = answers.SelectMany(answer => answer.Answer).ToLookup(rule => rule.Name, StringComparer.Ordinal);
        IReadOnlyList<SinkStatus> sinks = await _sinks.ListAsync(Caller.Application, cancellationToken).ConfigureAwait(false);
        return
        [
            .. here.Select(rule => elsewhere[rule.Name].Aggregate(rule, Add))
                .Select(rule => sinks.FirstOrDefault(sink => sink.Name == rule.Sink) is { } sink ? rule with { State = sink.State, Lag = sink.Lag } : rule),
        ];
    }

    /// <summary>One rule.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<RuleStatus> GetAsync(Caller caller, string name, CancellationToken cancellationToken = default) =>
        (await ListAsync(caller, cancellationToken).ConfigureAwait(false)).FirstOrDefault(rule => string.Equals(rule.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AdminException(AdminError.NotFound, "rule_not_found", $"There is no rule '{name}' that is enabled.");

    /// <summary>What would become of a message; nothing is published, and nothing counted.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="test">The message, and whose it would be.</param>
    /// <exception cref="AdminException">The caller may not, or the message makes no sense.</exception>
    public RuleTestResult Test(Caller caller, RuleTest test)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(test);
        caller.Require(AdminArea.Rules, AdminAccess.Read);
        return _tester.Test(test);
    }

    private static RuleStatus Add(RuleStatus one, RuleStatus other)
    {
        bool isLater = other.LastErrorAt is { } at && !(one.LastErrorAt > at);
        return one with
        {
            Hits = one.Hits + other.Hits,
            Matches = one.Matches + other.Matches,
            Failures = one.Failures + other.Failures,
            LastError = isLater ? other.LastError : one.LastError,
            LastErrorAt = isLater ? other.LastErrorAt : one.LastErrorAt,
        };
    }

    private static RuleStatus Count(RuleStatus rule, RuleCounters counters)
    {
        RuleCounters.Failure? last = counters.Last;
        return rule with { Hits = counters.Hits, Matches = counters.Matches, Failures = counters.Failures, LastError = last?.Reason, LastErrorAt = last?.At };
    }

    private List<RuleStatus> DescribeHere() =>
    [
        .. _rules.Rewrites.Rules.Select(pair => Count(
            new RuleStatus { Name = pair.Rule.Options.Name, Kind = RuleKind.Rewrite, Filter = pair.Rule.Options.Filter, To = pair.Rule.Options.To, For = pair.Rule.Options.For },
            pair.Counters)),
        .. _rules.Republish.Select(pair => Count(
            new RuleStatus
            {
                Name = pair.Rule.Name,
                Kind = RuleKind.Republish,
                Filter = pair.Rule.Options.Filter,
                To = pair.Rule.Options.To,
                If = pair.Rule.Options.If.Length > 0 ? pair.Rule.Options.If : null,
                Sink = pair.Rule.SinkName,
                State = SinkState.Idle,
                Lag = 0,
            },
            pair.Counters)),
    ];

    private sealed record CountersQuestion;
}
