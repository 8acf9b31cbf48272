using SkyTree.Core.Registry;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Security.Access;

/// <summary>All rules in their order, and who is in which group, at one moment. Immutable.</summary>
internal sealed class AccessSnapshot
{
    private readonly CompiledRule[] _rules;
    private readonly Func<ClientIdentity, string, bool> _isIn;

    public AccessSnapshot(RegistrySnapshot rules, RegistrySnapshot users, AccessEffect noMatch, AccessSnapshot? before)
    {
        Rules = rules;
        Users = users;
        NoMatch = noMatch;
        _isIn = IsIn;
        _rules = ReferenceEquals(before?.Rules, rules) ? before._rules :
        [
            .. rules.Entries.Where(entry => !AccessRuleContent.Of(entry).IsDisabled)
                .OrderBy(entry => AccessRuleContent.Of(entry).Order).ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => new CompiledRule(entry.Key, AccessRuleContent.Of(entry).Rule)),
        ];
    }

    /// <summary>What it was made of.</summary>
    public RegistrySnapshot Rules { get; }

    /// <summary>What it was made of.</summary>
    public RegistrySnapshot Users { get; }

    /// <summary>What becomes of an action that no rule fits.</summary>
    public AccessEffect NoMatch { get; }

    /// <summary>Whether no client can be refused anything.</summary>
    public bool AllowsAll => _rules.Length == 0 && NoMatch == AccessEffect.Allow;

    /// <summary>The rule that decides; null: none fits.</summary>
    public CompiledRule? Publish(ClientIdentity client, ReadOnlySpan<byte> topic, int qos, bool retain)
    {
        foreach (CompiledRule rule in OwnRules(client))
        {
            if (rule.FitsPublish(client, _isIn, topic, qos, retain))
            {
                return rule;
            }
        }

        foreach (CompiledRule rule in _rules)
        {
            if (rule.FitsPublish(client, _isIn, topic, qos, retain))
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>The rule that decides; null: none fits.</summary>
    public CompiledRule? Subscribe(ClientIdentity client, string filter, int qos, AccessAction action) =>
        Array.Find(OwnRules(client), rule => rule.FitsSubscribe(client, _isIn, filter, qos, action))
        ?? Array.Find(_rules, rule => rule.FitsSubscribe(client, _isIn, filter, qos, action));

    public bool Allows(CompiledRule? rule) => (rule?.Effect ?? NoMatch) == AccessEffect.Allow;

    private static CompiledRule[] OwnRules(ClientIdentity client) =>
        client.Grant is { Rules.Count: > 0 } grant ? [.. grant.Rules.Select((rule, i) => new CompiledRule($"token:{i}", rule))] : [];

    private bool IsIn(ClientIdentity client, string group) =>
        client.Grant?.Groups.Contains(group) == true
        || (client.UserName is { } name && Users.TryGet(name, out RegistryEntry? entry) && UserContent.Of(entry).Groups.Contains(group));
}
