using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Subscriptions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>What a session has subscribed to.</summary>
public sealed partial class SessionSubscriptions
{
    private KeysetGrid<SubscriptionItem>? _grid;
    private int? _shownCount;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public required string ClientId { get; set; }

    /// <summary>How many there are: when it changes, they are fetched anew.</summary>
    [Parameter, EditorRequired]
    public int Count { get; set; }

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    private bool MayChange => User.May(AdminArea.Sessions, AdminAccess.Write);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        bool changed = _shownCount is { } shown && shown != Count;
        _shownCount = Count;
        if (changed && _grid is not null)
        {
            await _grid.ReloadAsync();
        }
    }

    private ValueTask<Page<SubscriptionItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) => new(
        Broker.Admin.Subscriptions.List(
            Caller,
            new SubscriptionQuery { ClientId = ClientId, FilterContains = string.IsNullOrEmpty(Filter) ? null : Filter },
            request.After,
            request.Limit));

    private string Options(SubscriptionItem item)
    {
        string[] names = [.. new[] { item.NoLocal ? (string)S["NoLocal"] : "", item.RetainAsPublished ? (string)S["RetainAsPublished"] : "" }.Where(name => name.Length > 0)];
        return names.Length == 0 ? "–" : string.Join(", ", names);
    }

    private async Task AddAsync()
    {
        IDialogReference dialog = await Dialogs.ShowAsync<SubscribeDialog>(
            S["AddSubscription"],
            new DialogParameters<SubscribeDialog> { { shown => shown.ClientId, ClientId } },
            new DialogOptions { BackdropClick = false, MaxWidth = MaxWidth.Small, FullWidth = true });
        if (await dialog.Result is { Canceled: false })
        {
            await ReloadAsync();
        }
    }

    private async Task RemoveAsync(IReadOnlyList<SubscriptionItem> items)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["UnsubscribeTitle", ClientId],
            Text = S["UnsubscribeText"],
            Action = S["Unsubscribe"],
            Count = items.Count,
            Details = [.. items.Select(item => item.Filter)],
            Act = async () =>
            {
                foreach (SubscriptionItem item in items)
                {
                    await Broker.Admin.Sessions.UnsubscribeAsync(Caller, ClientId, item.Filter, Gone);
                }
            },
        });
        _grid?.ClearSelection();
        if (done)
        {
            Snackbar.Add(S["Unsubscribed"], Severity.Success);
        }

        await ReloadAsync();
    }

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;
}
