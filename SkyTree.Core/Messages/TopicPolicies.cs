using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>What the configuration says of topics. Asked once for each route.</summary>
/// <param name="durability">The durability rules.</param>
/// <param name="keeps">Whether a topic's messages are kept though nobody durable reads them.</param>
internal sealed class TopicPolicies(IReadOnlyList<DurabilityRule> durability, Func<string, bool>? keeps = null)
{
    public static readonly TopicPolicies None = new([]);

    private readonly DurabilityRule[] _durability = [.. durability];

    public bool IsEmpty => _durability.Length == 0 && keeps is null;

    public TopicPolicy For(string topic) => new(
        keeps is not null && keeps(topic),
        Array.Find(_durability, rule => TopicFilter.Matches(rule.Filter, topic))?.Durability);
}

/// <summary>What the configuration says of one topic.</summary>
/// <param name="Keeps">Whether its messages are stored though nobody durable reads them.</param>
/// <param name="Durability">Its own durability, or null.</param>
internal readonly record struct TopicPolicy(bool Keeps, Durability? Durability);
