using System.Buffers;
using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Rewriting;
using SkyTree.Core.Security;

namespace SkyTree.Rules.Rewriting;

/// <summary>The rewrites of the configuration, and what each has done.</summary>
internal sealed class TopicRewriter : ITopicRewriter
{
    private readonly RewriteRule[] _rules;
    private readonly RuleCounters[] _counters; // of these
    private readonly RewriteTree _publishes;
    private readonly RewriteTree _subscriptions;

    public TopicRewriter(IReadOnlyList<RewriteRule> rules, TimeProvider time)
    {
        _rules = [.. rules];
        _counters = [.. rules.Select(_ => new RuleCounters(time))];
        _publishes = TreeOf(RewriteScope.Publish);
        _subscriptions = TreeOf(RewriteScope.Subscribe);
    }

    /// <summary>The rules in their order, and what each has done.</summary>
    public IEnumerable<(RewriteRule Rule, RuleCounters Counters)> Rules => _rules.Zip(_counters);

    /// <inheritdoc/>
    public RewriteResult RewriteTopic(ClientIdentity client, ReadOnlySpan<byte> topic, ArrayBufferWriter<byte> rewritten)
    {
        int rule = _publishes.Find(topic);
        return rule == RewriteTree.None ? RewriteResult.Unchanged : Count(rule, Write(rule, client, topic, rewritten, isFilter: false));
    }

    /// <inheritdoc/>
    public RewriteResult RewriteFilter(ClientIdentity client, string filter, out string rewritten)
    {
        rewritten = filter;
        if (FindForFilter(filter) is not { } rule)
        {
            return RewriteResult.Unchanged;
        }

        var output = new ArrayBufferWriter<byte>();
        RewriteResult result = Count(rule, Write(rule, client, Encoding.UTF8.GetBytes(filter), output, isFilter: true));
        if (result == RewriteResult.Rewritten)
        {
            rewritten = Encoding.UTF8.GetString(output.WrittenSpan);
        }

        return result;
    }

    /// <summary>What would become of a topic name or filter; nothing is counted.</summary>
    /// <param name="client">Whose it would be.</param>
    /// <param name="topic">The topic name or filter, a well-formed one.</param>
    /// <param name="isFilter">Which of both it is.</param>
    /// <returns>The rule that fits, and what it makes of it or why it does not; null: none fits.</returns>
    public (RewriteRule Rule, string? Topic, string? Problem)? Try(ClientIdentity client, string topic, bool isFilter)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(topic);
        int rule = (isFilter ? FindForFilter(topic) : _publishes.Find(utf8)) ?? RewriteTree.None;
        if (rule == RewriteTree.None)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        string? problem = Write(rule, client, utf8, output, isFilter);
        return (_rules[rule], problem is null ? Encoding.UTF8.GetString(output.WrittenSpan) : null, problem);
    }

    /// <summary>Writes the new name.</summary>
    /// <returns>Why there is none; null: there is.</returns>
    private string? Write(int rule, ClientIdentity client, ReadOnlySpan<byte> topic, ArrayBufferWriter<byte> output, bool isFilter)
    {
        if (!_rules[rule].TryWrite(client, topic, output))
        {
            return "the client's name cannot be a level of a topic: it has none, or one with '/', '+' or '#' in it";
        }

        if (output.WrittenSpan.StartsWith("$"u8))
        {
            return "it would begin with $";
        }

        bool isValid = isFilter ? TopicLevels.IsPlainFilter(Encoding.UTF8.GetString(output.WrittenSpan)) : TopicName.IsValid(output.WrittenSpan);
        return isValid ? null : isFilter ? "it would be no topic filter" : "it would be no topic name";
    }

    private int? FindForFilter(string filter) =>
        _subscriptions.Find(Encoding.UTF8.GetBytes(filter)) is var rule and not RewriteTree.None && TopicLevels.IsPlainFilter(filter) ? rule : null;

    private RewriteResult Count(int rule, string? problem)
    {
        _counters[rule].Hit();
        if (problem is null)
        {
            _counters[rule].Match();
            return RewriteResult.Rewritten;
        }

        _counters[rule].Fail(problem);
        return RewriteResult.Refused;
    }

    private RewriteTree TreeOf(RewriteScope scope) =>
        new(_rules.Index().Where(rule => rule.Item.Options.For is RewriteScope.All || rule.Item.Options.For == scope).Select(rule => (rule.Item.FilterLevels, rule.Index)));
}
