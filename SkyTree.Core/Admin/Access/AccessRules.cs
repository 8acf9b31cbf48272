using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Access;

/// <summary>Rules of who may do what with which topics, the same on every node. A change counts from the next publish and subscription on.</summary>
public sealed class AccessRules
{
    private const string What = "access_rule";
    private const RegistryCollection Collection = RegistryCollection.AccessRules;
    private const int MaximumTopics = 64;
    private const int OrderStep = 10;

    private readonly RegistryWriter _registry;
    private readonly BrokerSecurity _security;
    private readonly RuleAuthorizer _authorizer;

    internal AccessRules(RegistryWriter registry, BrokerSecurity security)
    {
        _registry = registry;
        _security = security;
        _authorizer = new RuleAuthorizer(security);
    }

    /// <summary>What becomes of an action that no rule fits.</summary>
    public AccessEffect NoMatch => _security.Access.NoMatch;

    /// <summary>The rules in the order in which they are asked.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not see them.</exception>
    public IReadOnlyList<AccessEntry> List(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Acl, AdminAccess.Read);
        return [.. _registry[Collection].Entries.Select(Show).OrderBy(rule => rule.Order).ThenBy(rule => rule.Id, StringComparer.Ordinal)];
    }

    /// <summary>The version of all rules together, for <see cref="ReplaceAsync"/>.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not see them.</exception>
    public long Version(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Acl, AdminAccess.Read);
        return _registry[Collection].Version;
    }

    /// <summary>One rule.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Its identifier.</param>
    /// <exception cref="AdminException">The caller may not see it, or there is none.</exception>
    public AccessEntry Get(Caller caller, string id)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Acl, AdminAccess.Read);
        return Show(Find(id));
    }

    /// <summary>Makes a rule.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="order">Its place; null: behind all others.</param>
    /// <param name="id">Its identifier; null: one is made up.</param>
    /// <param name="comment">What it is for.</param>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<AccessEntry> CreateAsync(Caller caller, AccessRule rule, int? order = null, string? id = null, string comment = "")
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Acl, AdminAccess.Write);
        int last = _registry[Collection].Entries.Select(entry => AccessRuleContent.Of(entry).Order).DefaultIfEmpty().Max();
        var made = new AccessEntry(string.IsNullOrEmpty(id) ? Guid.CreateVersion7().ToString("N") : id, order ?? Math.Min(last, 999_999_900) + OrderStep, rule, comment ?? "");
        Check(made);
        await _registry.ChangeAsync(Set(made, expected: 0), new RegistryNote(caller, "acl.create", made.Id, After: RegistryJson.Text(made)), What).ConfigureAwait(false);
        return Show(Find(made.Id));
    }

    /// <summary>Changes a rule.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="rule">The rule as it is to be; its version is not looked at.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not changed.</exception>
    public async ValueTask<AccessEntry> ChangeAsync(Caller caller, AccessEntry rule, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(rule);
        caller.Require(AdminArea.Acl, AdminAccess.Write);
        RegistryEntry entry = Find(rule.Id);
        Check(rule);
        await _registry.ChangeAsync(
            Set(rule, version ?? entry.Version), new RegistryNote(caller, "acl.change", rule.Id, RegistryJson.Text(Show(entry)), RegistryJson.Text(rule)), What).ConfigureAwait(false);
        return Show(Find(rule.Id));
    }

    /// <summary>Removes a rule.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not removed.</exception>
    public async ValueTask DeleteAsync(Caller caller, string id, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Acl, AdminAccess.Write);
        RegistryEntry entry = Find(id);
        await _registry.ChangeAsync(
            new RegistryChange(Collection, id, null) { Expected = version ?? entry.Version },
            new RegistryNote(caller, "acl.delete", id, RegistryJson.Text(Show(entry))),
            What).ConfigureAwait(false);
    }

    /// <summary>Replaces all rules at once: nobody is ever judged by a part of them.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="rules">The rules, at most 1,000.</param>
    /// <param name="version">The version of all rules that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">They were not replaced.</exception>
    public async ValueTask ReplaceAsync(Caller caller, IReadOnlyList<AccessEntry> rules, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(rules);
        caller.Require(AdminArea.Acl, AdminAccess.Write);
        if (rules.Count > 1000 || rules.DistinctBy(rule => rule.Id).Count() != rules.Count)
        {
            throw AdminMistakes.Invalid("rules", "bad_rules", "There are at most 1,000 rules at a time, each with an identifier of its own.");
        }

        foreach (AccessEntry rule in rules)
        {
            Check(rule);
        }

        RegistrySnapshot now = _registry[Collection];
        HashSet<string> kept = [.. rules.Select(rule => rule.Id)];
        RegistryOutcome outcome = await _registry.TryChangeAsync(
            [.. now.Entries.Where(entry => !kept.Contains(entry.Key)).Select(entry => new RegistryChange(Collection, entry.Key, null)), .. rules.Select(rule => Set(rule, null))],
            new RegistryNote(caller, "acl.replace", "", RegistryJson.Text(now.Entries.Select(Show)), RegistryJson.Text(rules)),
            [new RegistryCondition(Collection, version ?? now.Version)]).ConfigureAwait(false);
        if (!outcome.Done)
        {
            throw RegistryWriter.Mistake(outcome.Failure, What, "rules");
        }
    }

    /// <summary>What would be decided if a client did something, and by which rule. The client need not be there.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="client">Who would do it.</param>
    /// <param name="action">What.</param>
    /// <param name="topic">The topic name, for subscriptions and replays the filter without <c>$share/{group}/</c>.</param>
    /// <param name="qos">At which QoS, 0 to 2.</param>
    /// <param name="retain">Whether what is published would be retained.</param>
    /// <exception cref="AdminException">The caller may not see it, or the topic is none.</exception>
    public AccessDecision Explain(Caller caller, ClientIdentity client, AccessAction action, string topic, int qos = 0, bool retain = false)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(client);
        caller.Require(AdminArea.Acl, AdminAccess.Read);
        if (action == AccessAction.Publish)
        {
            AdminMistakes.RequireTopic("topic", topic);
        }
        else
        {
            AdminMistakes.RequireFilter("topic", topic);
        }

        (bool allowed, string? rule) = _authorizer.Explain(client, action, topic, qos, retain);
        return new AccessDecision(allowed, rule);
    }

    /// <summary>What is wrong with a rule, by field; empty: nothing.</summary>
    /// <param name="rule">The rule.</param>
    public static Dictionary<string, string> Mistakes(AccessRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Dictionary<string, string> fields = [];
        if (rule.Topics is null || rule.Actions is null || rule.QoS is null)
        {
            fields["topics"] = "topics, actions and qoS are lists, or left out";
            return fields;
        }

        if (rule.Topics.Count > MaximumTopics || rule.Topics.Any(topic => !IsTopicFilter(topic)))
        {
            fields["topics"] = $"at most {MaximumTopics} topic filters, without $share; ${{username}} and ${{clientid}} may be in them";
        }

        foreach ((string name, string? text) in (ReadOnlySpan<(string, string?)>)[("userName", rule.UserName), ("clientId", rule.ClientId), ("group", rule.Group)])
        {
            if (text is not null && (text.Length == 0 || Encoding.UTF8.GetByteCount(text) > 1024 || text.Count(c => c == '*') > 8))
            {
                fields[name] = "1 to 1024 bytes, at most 8 asterisks; null: any";
            }
        }

        if (rule.Address is { } address && !AddressRange.TryParse(address, out _))
        {
            fields["address"] = "an address, or a network such as 10.0.0.0/8";
        }

        if (rule.QoS.Any(qos => qos is < 0 or > 2))
        {
            fields["qoS"] = "0, 1 or 2";
        }

        if (!Enum.IsDefined(rule.Effect) || !rule.Actions.All(Enum.IsDefined))
        {
            fields["effect"] = "allow or deny, of publish, subscribe, replay";
        }

        return fields;
    }

    private static bool IsTopicFilter(string? topic) =>
        !string.IsNullOrEmpty(topic) && Encoding.UTF8.GetByteCount(topic) <= 4096 && !topic.StartsWith("$share/", StringComparison.Ordinal)
        && TopicFilter.TryParse(topic, out _);

    private static void Check(AccessEntry entry)
    {
        Dictionary<string, string> fields = entry.Rule is null ? new() { ["rule"] = "needed" } : Mistakes(entry.Rule);
        if (entry.Id is not { Length: > 0 and <= 64 } || !entry.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            fields["id"] = "1 to 64 letters, digits, '.', '_' and '-'";
        }

        if (entry.Order is < 0 or > 1_000_000_000)
        {
            fields["order"] = "0 to 1000000000";
        }

        if (entry.Comment is null or { Length: > 1024 })
        {
            fields["comment"] = "at most 1024 characters";
        }

        if (fields.Count > 0)
        {
            throw new AdminException(AdminError.Invalid, "bad_access_rule", "The rule makes no sense: " + string.Join("; ", fields.Select(field => $"{field.Key}: {field.Value}")) + ".") { Fields = fields };
        }
    }

    private static RegistryChange Set(AccessEntry entry, long? expected) => new(
        Collection,
        entry.Id,
        RegistryJson.Encode(new AccessRuleContent { Order = entry.Order, Comment = entry.Comment, IsDisabled = entry.IsDisabled, Rule = entry.Rule })) { Expected = expected };

    private RegistryEntry Find(string id) => !string.IsNullOrEmpty(id) && _registry[Collection].TryGet(id, out RegistryEntry? entry) ? entry : throw RegistryWriter.NotFound(What, id ?? "");

    private static AccessEntry Show(RegistryEntry entry)
    {
        AccessRuleContent content = AccessRuleContent.Of(entry);
        return new AccessEntry(entry.Key, content.Order, content.Rule, content.Comment, content.IsDisabled, entry.Version);
    }
}
