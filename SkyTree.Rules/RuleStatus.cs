using SkyTree.Rules.Rewriting;
using SkyTree.Sinks;

namespace SkyTree.Rules;

/// <summary>How a rule is. Counters are those of all nodes that answer, each since it was started.</summary>
internal sealed record RuleStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public RuleKind Kind { get; init; }

    /// <summary>What it is about.</summary>
    public required string Filter { get; init; }

    /// <summary>The new topic, with placeholders.</summary>
    public required string To { get; init; }

    /// <summary>Of a rewrite: what of clients it is for; null: it is none.</summary>
    public RewriteScope? For { get; init; }

    /// <summary>Of what publishes again: the condition; null: there is none.</summary>
    public string? If { get; init; }

    /// <summary>Of what publishes again: the sink that it is, which can be paused; null: it is a rewrite.</summary>
    public string? Sink { get; init; }

    /// <summary>What that does; null: it is a rewrite.</summary>
    public SinkState? State { get; init; }

    /// <summary>The log's last offset less its place there; null: it is a rewrite.</summary>
    public long? Lag { get; init; }

    /// <summary>Topics, or messages, that fitted the filter, and of rewrites came to no earlier one.</summary>
    public long Hits { get; init; }

    /// <summary>Those of them that were rewritten, or published again.</summary>
    public long Matches { get; init; }

    /// <summary>Those of them that it could make nothing of.</summary>
    public long Failures { get; init; }

    /// <summary>Why, of the last one; null: there was none.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}
