using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Fields;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Subscriptions;

/// <summary>All subscriptions: who gets what.</summary>
public sealed partial class Subscriptions
{
    private static readonly string[] s_names = ["q", "topic", "client", "group", "qos", "filter"];

    private KeysetGrid<SubscriptionItem>? _grid;
    private IReadOnlyList<Choice> _qos = [];
    private long _known;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Contains { get; set; }

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Topic { get; set; }

    [SupplyParameterFromQuery(Name = "client")]
    private string? Client { get; set; }

    [SupplyParameterFromQuery(Name = "group")]
    private string? Group { get; set; }

    [SupplyParameterFromQuery(Name = "qos")]
    private string? QoSText { get; set; }

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Exact { get; set; }

    private bool MayChange => User.May(AdminArea.Sessions, AdminAccess.Write);

    private string Text => string.Join('\n', Contains, Topic, Client, Group, QoSText, Exact);

    private bool IsEmpty => Text.All(c => c == '\n');

    private SubscriptionQuery Query => new()
    {
        FilterContains = NullIfEmpty(Contains),
        Topic = NullIfEmpty(Topic),
        ClientId = NullIfEmpty(Client),
        Group = NullIfEmpty(Group),
        Filter = NullIfEmpty(Exact),
        QoS = QoSText is "0" or "1" or "2" ? (QoS)(QoSText[0] - '0') : null,
    };

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _qos = [new("", S["All"]), .. Enum.GetValues<QoS>().Select(qos => ((int)qos).ToString(CultureInfo.InvariantCulture)).Select(qos => new Choice(qos, qos))];
        _known = Pulse.Latest.Subscriptions;
        OnPulse(FollowAsync, every: 2);
    }

    private async Task FollowAsync(PulseSample sample)
    {
        if (_known != sample.Subscriptions && _grid is { } grid)
        {
            _known = sample.Subscriptions;
            await grid.ReloadAsync();
        }
    }

    private ValueTask<Page<SubscriptionItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        new(Broker.Admin.Subscriptions.List(Caller, Query, request.After, request.Limit));

    private string Options(SubscriptionItem item)
    {
        string[] names = [.. new[] { item.NoLocal ? (string)S["NoLocal"] : "", item.RetainAsPublished ? (string)S["RetainAsPublished"] : "" }.Where(name => name.Length > 0)];
        return names.Length == 0 ? "–" : string.Join(", ", names);
    }

    private void Set(string name, string? value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private void Clear() => SetQuery(s_names.ToDictionary(name => name, _ => (object?)null));

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private async Task RemoveAsync(IReadOnlyList<SubscriptionItem> items)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["UnsubscribeTitle"],
            Text = S["UnsubscribeText"],
            Action = S["Unsubscribe"],
            Count = items.Count,
            Details = [.. items.Select(item => $"{item.ClientId}: {item.Filter}")],
            Act = async () =>
            {
                foreach (SubscriptionItem item in items)
                {
                    await Broker.Admin.Sessions.UnsubscribeAsync(Caller, item.ClientId, item.Filter, Gone);
                }
            },
        });
        if (done)
        {
            Snackbar.Add(S["Unsubscribed", Format.Number(items.Count)], Severity.Success);
        }

        if (_grid is { } grid)
        {
            grid.ClearSelection();
            await grid.ReloadAsync();
        }
    }
}
