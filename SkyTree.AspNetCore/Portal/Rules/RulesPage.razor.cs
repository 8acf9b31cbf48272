using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Portal.Rules;

/// <summary>Who may do what with which topics, and by which rule.</summary>
public sealed partial class RulesPage
{
    private IReadOnlyList<AccessEntry> _rules = [];
    private long _version;
    private AccessDecision? _decision;
    private string? _mistake;
    private bool _isBusy;
    private string? _client;
    private string? _user;
    private string? _address;
    private string? _groups;
    private AccessAction _action;
    private string? _topic;
    private int _qos;
    private bool _retain;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "client")]
    private string? ClientQuery { get; set; }

    [SupplyParameterFromQuery(Name = "user")]
    private string? UserQuery { get; set; }

    [SupplyParameterFromQuery(Name = "address")]
    private string? AddressQuery { get; set; }

    [SupplyParameterFromQuery(Name = "groups")]
    private string? GroupsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "action")]
    private string? ActionQuery { get; set; }

    [SupplyParameterFromQuery(Name = "topic")]
    private string? TopicQuery { get; set; }

    [SupplyParameterFromQuery(Name = "qos")]
    private int? QoSQuery { get; set; }

    [SupplyParameterFromQuery(Name = "retain")]
    private bool? RetainQuery { get; set; }

    private bool MayChange => User.May(AdminArea.Acl, AdminAccess.Write);

    private AccessEffect NoMatch => Broker.Admin.Access.NoMatch;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Load();
        // Somebody else may move them meanwhile.
        OnPulse(_ =>
        {
            if (Broker.Admin.Access.Version(Caller) != _version)
            {
                Load();
                Decide();
            }

            return Task.CompletedTask;
        }, every: 2);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        (_client, _user, _address, _groups) = (ClientQuery, UserQuery, AddressQuery, GroupsQuery);
        _action = Enum.TryParse(ActionQuery, ignoreCase: true, out AccessAction action) && Enum.IsDefined(action) ? action : AccessAction.Publish;
        (_topic, _qos, _retain) = (TopicQuery, Math.Clamp(QoSQuery ?? 0, 0, 2), RetainQuery ?? false);
        Decide();
    }

    private void Load()
    {
        _version = Broker.Admin.Access.Version(Caller);
        _rules = Broker.Admin.Access.List(Caller);
    }

    private void Ask()
    {
        SetQuery(new Dictionary<string, object?>
        {
            ["client"] = _client,
            ["user"] = _user,
            ["address"] = _address,
            ["groups"] = _groups,
            ["action"] = _action == AccessAction.Publish ? null : _action.ToString().ToLowerInvariant(),
            ["topic"] = _topic?.Trim(),
            ["qos"] = _qos == 0 ? null : _qos,
            ["retain"] = _retain ? true : null,
        });
        Decide();
    }

    private void Decide()
    {
        (_decision, _mistake) = (null, null);
        if (string.IsNullOrWhiteSpace(_topic))
        {
            return;
        }

        string[] groups = (_groups ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var client = new ClientIdentity(_client ?? "", string.IsNullOrEmpty(_user) ? null : _user, string.IsNullOrEmpty(_address) ? null : _address)
        {
            Grant = groups.Length == 0 ? null : new ClientGrant { Groups = groups },
        };
        try
        {
            _decision = Broker.Admin.Access.Explain(Caller, client, _action, _topic.Trim(), _qos, _retain);
        }
        catch (AdminException exception)
        {
            _mistake = exception.Fields.Count == 0 ? exception.Message : string.Join("; ", exception.Fields.Values);
        }
    }

    private string Why(AccessDecision decision)
    {
        int place = _rules.ToList().FindIndex(rule => rule.Id == decision.RuleId);
        return place >= 0
            ? T["Rules.ByRule", (place + 1).ToString(CultureInfo.InvariantCulture), _rules[place].Comment is { Length: > 0 } comment ? comment : _rules[place].Id]
            : T[_topic?.StartsWith('$') == true ? "Rules.ByBroker" : "Rules.ByNone"];
    }

    private string Who(AccessRule rule)
    {
        List<string> parts = [];
        Add("Rules.OfUser", rule.UserName);
        Add("Rules.OfGroup", rule.Group);
        Add("Rules.OfClient", rule.ClientId);
        Add("Rules.OfAddress", rule.Address);
        return parts.Count == 0 ? T["Rules.Everyone"] : string.Join(" · ", parts);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add(T[name, value]);
            }
        }
    }

    private string What(AccessRule rule)
    {
        string what = rule.Actions.Count == 0 ? T["Rules.AllActions"] : string.Join(", ", rule.Actions.Select(action => (string)T["Rules." + action]));
        if (rule.QoS.Count > 0)
        {
            what += " · QoS " + string.Join(", ", rule.QoS);
        }

        return rule.Retain is { } retain ? $"{what} · {T[retain ? "Rules.OnlyRetained" : "Rules.OnlyNotRetained"]}" : what;
    }

    private async Task CreateAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<RuleDialog>()) is not null)
        {
            Snackbar.Add(T["Rules.Created"], Severity.Success);
        }

        Load();
        Decide();
    }

    private async Task ChangeAsync(AccessEntry entry)
    {
        await Dialogs.EditAsync(new DialogParameters<RuleDialog> { { dialog => dialog.Existing, entry } });
        Load();
        Decide();
    }

    private Task DisableAsync(AccessEntry entry) =>
        ActAsync(async () => await Broker.Admin.Access.ChangeAsync(Caller, entry with { IsDisabled = !entry.IsDisabled }, entry.Version));

    private Task MoveAsync(AccessEntry entry, int place) => ActAsync(async () =>
    {
        switch (RuleOrder.Move(_rules, entry.Id, place))
        {
            case [var moved]:
                await Broker.Admin.Access.ChangeAsync(Caller, moved, moved.Version);
                break;
            case { Count: > 0 } all:
                await Broker.Admin.Access.ReplaceAsync(Caller, all, _version);
                break;
        }
    });

    private async Task DeleteAsync(AccessEntry entry, int place)
    {
        await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Rules.DeleteTitle", place],
            Text = T["Rules.DeleteText"],
            Action = T["Rules.Delete"],
            Details = [$"{T["Rules." + entry.Rule.Effect]} · {Who(entry.Rule)} · {What(entry.Rule)}", .. entry.Rule.Topics],
            Act = async () => await Broker.Admin.Access.DeleteAsync(Caller, entry.Id, entry.Version),
        });
        Load();
        Decide();
    }

    private async Task ActAsync(Func<Task> act)
    {
        _isBusy = true;
        await TryAsync(act);
        _isBusy = false;
        Load();
        Decide();
    }
}
