using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Bridges;

/// <summary>What a bridge's topics are called on either side. Where several of its filters match a topic, the first counts.</summary>
internal sealed class TopicMap
{
    private readonly Rule[] _out;
    private readonly Rule[] _in;

    /// <summary>Creates it.</summary>
    /// <param name="topics">The bridge's topics; validated by the caller.</param>
    public TopicMap(IEnumerable<BridgeTopicOptions> topics)
    {
        BridgeTopicOptions[] all = [.. topics];
        _out = [.. all.Where(topic => topic.Direction != BridgeDirection.In).Select(topic => Rule.Of(topic.LocalPrefix, topic.RemotePrefix, topic))];
        _in = [.. all.Where(topic => topic.Direction != BridgeDirection.Out).Select(topic => Rule.Of(topic.RemotePrefix, topic.LocalPrefix, topic))];
    }

    /// <summary>What is subscribed to here.</summary>
    public IReadOnlyDictionary<string, QoS> LocalFilters => Filters(_out);

    /// <summary>What is subscribed to there.</summary>
    public IReadOnlyDictionary<string, QoS> RemoteFilters => Filters(_in);

    /// <summary>What a message from here is called there, and its highest QoS; null: it does not pass.</summary>
    /// <param name="topic">Its topic here.</param>
    public (string Topic, QoS QoS)? ToRemote(string topic) => Find(_out, topic);

    /// <summary>What a message from there is called here, and its highest QoS; null: it does not pass.</summary>
    /// <param name="topic">Its topic there.</param>
    public (string Topic, QoS QoS)? ToLocal(string topic) => Find(_in, topic);

    /// <summary>Where an answer is published there, so that it comes back to a topic of here; a topic that does not come back stays as it is.</summary>
    /// <param name="responseTopic">The topic of here.</param>
    public string? ResponseToRemote(string? responseTopic) => Back(_in, responseTopic);

    /// <summary>The same for an answer that is published here.</summary>
    /// <param name="responseTopic">The topic of there.</param>
    public string? ResponseToLocal(string? responseTopic) => Back(_out, responseTopic);

    private static Dictionary<string, QoS> Filters(Rule[] rules)
    {
        var filters = new Dictionary<string, QoS>(StringComparer.Ordinal);
        foreach (Rule rule in rules)
        {
            filters.TryAdd(rule.FromFilter, rule.QoS);
        }

        return filters;
    }

    private static (string Topic, QoS QoS)? Find(Rule[] rules, string topic)
    {
        foreach (Rule rule in rules)
        {
            if (TopicFilter.Matches(rule.FromFilter, topic))
            {
                return (string.Concat(rule.To, topic.AsSpan(rule.From.Length)), rule.QoS);
            }
        }

        return null;
    }

    // An answer goes the other way than the message.
    private static string? Back(Rule[] answers, string? topic)
    {
        foreach (Rule rule in topic is null ? [] : answers)
        {
            if (TopicFilter.Matches(rule.ToFilter, topic))
            {
                return string.Concat(rule.From, topic.AsSpan(rule.To.Length));
            }
        }

        return topic;
    }

    private sealed record Rule(string From, string To, string FromFilter, string ToFilter, QoS QoS)
    {
        public static Rule Of(string from, string to, BridgeTopicOptions topic) => new(from, to, from + topic.Filter, to + topic.Filter, (QoS)topic.QoS);
    }
}
