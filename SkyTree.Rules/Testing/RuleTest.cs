using SkyTree.Core.Protocol;

namespace SkyTree.Rules.Testing;

/// <summary>A message that rules are tried on.</summary>
internal sealed record RuleTest
{
    /// <summary>The topic name; a topic filter is tried as a subscription only.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS.</summary>
    public QoS QoS { get; init; } = QoS.AtLeastOnce;

    /// <summary>Whether it is published to be retained.</summary>
    public bool Retain { get; init; }

    /// <summary>The client identifier of whose it would be; empty: none.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The user name of that client; null: none.</summary>
    public string? UserName { get; init; }
}

/// <summary>What would become of a message.</summary>
/// <param name="Publish">Of its topic, were it published; null: it is a filter.</param>
/// <param name="Subscribe">Of its topic, were it subscribed to.</param>
/// <param name="Republished">Of the message, rule by rule, and of what those would publish; empty where publishing is refused.</param>
internal sealed record RuleTestResult(RewriteTrial? Publish, RewriteTrial Subscribe, IReadOnlyList<RepublishTrial> Republished);

/// <summary>What would become of a topic.</summary>
/// <param name="Topic">What it would be; null: it would be refused.</param>
/// <param name="Rule">The rule that counts; null: none fits.</param>
/// <param name="Problem">Why it would be refused; null: it would not.</param>
internal sealed record RewriteTrial(string? Topic, string? Rule, string? Problem);

/// <summary>What a rule would make of a message.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="From">The topic of the message that it would read.</param>
/// <param name="Outcome">What it would do.</param>
/// <param name="Topic">Where it would publish; null: nowhere.</param>
/// <param name="Payload">What it would publish.</param>
/// <param name="QoS">The QoS.</param>
/// <param name="Retain">Whether to be retained.</param>
/// <param name="Problem">Why it could make nothing of it; null: it could.</param>
internal sealed record RepublishTrial(string Rule, string From, RepublishOutcome Outcome, string? Topic, ReadOnlyMemory<byte> Payload, QoS QoS, bool Retain, string? Problem);

/// <summary>What a rule would do.</summary>
internal enum RepublishOutcome
{
    /// <summary>Nothing: the condition does not hold.</summary>
    Passed,

    /// <summary>It would publish.</summary>
    Published,

    /// <summary>It could make nothing of the message.</summary>
    Failed,
}
