using System.Net;

namespace SkyTree.Core.Security.Access;

/// <summary>A rule as it is asked. Immutable.</summary>
internal sealed class CompiledRule
{
    private readonly AccessRule _rule;
    private readonly TopicRule[] _topics;
    private readonly IPNetwork? _network;
    private readonly bool _isBroken;

    public CompiledRule(string id, AccessRule rule)
    {
        Id = id;
        _rule = rule;
        _topics = [.. rule.Topics.Select(topic => new TopicRule(topic, forbids: rule.Effect == AccessEffect.Deny))];
        if (rule.Address is { } address)
        {
            _isBroken = !AddressRange.TryParse(address, out IPNetwork network);
            _network = network;
        }
    }

    public string Id { get; }

    public AccessEffect Effect => _rule.Effect;

    public bool FitsPublish(ClientIdentity client, Func<ClientIdentity, string, bool> isIn, ReadOnlySpan<byte> topic, int qos, bool retain)
    {
        if (!FitsWho(client, isIn, AccessAction.Publish, qos) || (_rule.Retain is { } wanted && wanted != retain))
        {
            return false;
        }

        foreach (TopicRule rule in _topics)
        {
            if (rule.Fits(topic, client))
            {
                return true;
            }
        }

        return _topics.Length == 0;
    }

    public bool FitsSubscribe(ClientIdentity client, Func<ClientIdentity, string, bool> isIn, string filter, int qos, AccessAction action) =>
        FitsWho(client, isIn, action, qos)
        && (_topics.Length == 0
            || (Effect == AccessEffect.Deny ? Array.Exists(_topics, topic => topic.Overlaps(filter, client)) : Array.Exists(_topics, topic => topic.Covers(filter, client))));

    private bool FitsWho(ClientIdentity client, Func<ClientIdentity, string, bool> isIn, AccessAction action, int qos) =>
        !_isBroken
        && (_rule.Actions.Count == 0 || _rule.Actions.Contains(action))
        && (_rule.QoS.Count == 0 || _rule.QoS.Contains(qos))
        && (_rule.ClientId is not { } id || NamePattern.Fits(id, client.ClientId))
        && (_rule.UserName is not { } name || (client.UserName is { } user && NamePattern.Fits(name, user)))
        && (_network is not { } network || (AddressRange.Of(client) is { } address && network.Contains(address)))
        && (_rule.Group is not { } group || isIn(client, group));
}
