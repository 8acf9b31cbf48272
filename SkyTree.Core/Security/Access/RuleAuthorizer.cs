using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Registry;

namespace SkyTree.Core.Security.Access;

/// <summary>
/// Judges by the rules that people make. What is the broker's own, <c>$SYS</c>, nobody publishes to. Decisions about publishes are
/// remembered by connection until a rule or a user changes, so that a publish to a topic in use costs a look and no memory.
/// </summary>
internal sealed class RuleAuthorizer : IAuthorizer
{
    private readonly RegistryTable _registry;
    private readonly AccessOptions _options;
    private volatile AccessSnapshot _current;

    /// <summary>Creates it.</summary>
    /// <param name="security">Where the rules are.</param>
    public RuleAuthorizer(BrokerSecurity security)
    {
        ArgumentNullException.ThrowIfNull(security);
        _registry = security.Registry;
        _options = security.Access;
        _current = new AccessSnapshot(_registry[RegistryCollection.AccessRules], _registry[RegistryCollection.Users], _options.NoMatch, null);
    }

    /// <inheritdoc/>
    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic) => MayPublish(client, topic, QoS.AtMostOnce, retain: false);

    /// <inheritdoc/>
    public bool MaySubscribe(ClientIdentity client, string filter) => MaySubscribe(client, filter, QoS.AtMostOnce, replay: false);

    /// <inheritdoc/>
    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic, QoS qos, bool retain)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (TopicName.IsSys(topic))
        {
            return false;
        }

        AccessSnapshot snapshot = Snapshot();
        if (snapshot.AllowsAll && client.Grant is not { Rules.Count: > 0 })
        {
            return true;
        }

        byte shape = (byte)((int)qos | (retain ? 4 : 0));
        if (client.Memory is not AccessMemory memory || !ReferenceEquals(memory.Snapshot, snapshot))
        {
            client.Memory = memory = new AccessMemory(snapshot);
        }

        if (memory.Find(topic, shape) is { } known)
        {
            return known;
        }

        bool allowed = snapshot.Allows(snapshot.Publish(client, topic, (int)qos, retain));
        memory.Remember(topic, shape, allowed);
        return allowed;
    }

    /// <inheritdoc/>
    public bool MaySubscribe(ClientIdentity client, string filter, QoS qos, bool replay)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(filter);
        AccessSnapshot snapshot = Snapshot();
        return (snapshot.AllowsAll && client.Grant is not { Rules.Count: > 0 })
            || (snapshot.Allows(snapshot.Subscribe(client, filter, (int)qos, AccessAction.Subscribe))
                && (!replay || snapshot.Allows(snapshot.Subscribe(client, filter, (int)qos, AccessAction.Replay))));
    }

    /// <inheritdoc/>
    public object? RulesOf(ClientIdentity client)
    {
        ArgumentNullException.ThrowIfNull(client);
        AccessSnapshot snapshot = Snapshot();
        return snapshot.AllowsAll && client.Grant is not { Rules.Count: > 0 } ? null : snapshot;
    }

    /// <summary>What would be decided, and by which rule.</summary>
    internal (bool Allowed, string? Rule) Explain(ClientIdentity client, AccessAction action, string topic, int qos, bool retain)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(topic);
        if (action == AccessAction.Publish && TopicName.IsSys(utf8))
        {
            return (false, null);
        }

        AccessSnapshot snapshot = Snapshot();
        CompiledRule? rule = action == AccessAction.Publish ? snapshot.Publish(client, utf8, qos, retain) : snapshot.Subscribe(client, topic, qos, action);
        return (snapshot.Allows(rule), rule?.Id);
    }

    private AccessSnapshot Snapshot()
    {
        AccessSnapshot current = _current;
        RegistrySnapshot rules = _registry[RegistryCollection.AccessRules];
        RegistrySnapshot users = _registry[RegistryCollection.Users];
        AccessEffect noMatch = _options.NoMatch;
        if (!ReferenceEquals(current.Rules, rules) || !ReferenceEquals(current.Users, users) || current.NoMatch != noMatch)
        {
            _current = current = new AccessSnapshot(rules, users, noMatch, current); // whoever else finds it old makes the same
        }

        return current;
    }
}
