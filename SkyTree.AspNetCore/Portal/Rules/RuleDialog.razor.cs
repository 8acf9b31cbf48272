using Microsoft.AspNetCore.Components;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Portal.Rules;

/// <summary>Makes or changes a rule.</summary>
public sealed partial class RuleDialog
{
    private static readonly bool?[] s_retains = [null, true, false];

    private readonly SortedSet<AccessAction> _actions = [];
    private readonly SortedSet<int> _qos = [];
    private AccessEffect _effect;
    private bool? _retain;
    private string _topics = "";
    private string? _userName;
    private string? _group;
    private string? _clientId;
    private string? _address;
    private string _comment = "";
    private bool _isEnabled = true;

    /// <summary>The rule that is changed; null: one is made.</summary>
    [Parameter]
    public AccessEntry? Existing { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (Existing is not { Rule: { } rule } entry)
        {
            return;
        }

        _actions.UnionWith(rule.Actions);
        _qos.UnionWith(rule.QoS);
        (_effect, _retain, _userName, _group, _clientId, _address) = (rule.Effect, rule.Retain, rule.UserName, rule.Group, rule.ClientId, rule.Address);
        (_topics, _comment, _isEnabled) = (string.Join('\n', rule.Topics), entry.Comment, !entry.IsDisabled);
    }

    private static void Toggle<TValue>(SortedSet<TValue> values, TValue value, bool on)
    {
        if (on)
        {
            values.Add(value);
        }
        else
        {
            values.Remove(value);
        }
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private string RetainText(bool? retain) => T[retain switch { true => "Rules.OnlyRetained", false => "Rules.OnlyNotRetained", _ => "Rules.RetainedOrNot" }];

    private async Task<object> ActAsync()
    {
        var rule = new AccessRule
        {
            Effect = _effect,
            Actions = [.. _actions],
            Topics = [.. _topics.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            UserName = Text(_userName),
            Group = Text(_group),
            ClientId = Text(_clientId),
            Address = Text(_address),
            QoS = [.. _qos],
            Retain = _retain,
        };
        if (Existing is not null)
        {
            return await Broker.Admin.Access.ChangeAsync(Caller, Existing with { Rule = rule, Comment = _comment, IsDisabled = !_isEnabled }, Existing.Version);
        }

        AccessEntry made = await Broker.Admin.Access.CreateAsync(Caller, rule, comment: _comment);
        return _isEnabled ? made : await Broker.Admin.Access.ChangeAsync(Caller, made with { IsDisabled = true }, made.Version);
    }
}
