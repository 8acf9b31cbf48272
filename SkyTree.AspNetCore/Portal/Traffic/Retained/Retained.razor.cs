using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Retained;

/// <summary>Retained messages: found, set, removed.</summary>
public sealed partial class Retained
{
    private const long Many = 20; // what removes more than so many is typed first

    private KeysetGrid<MessageItem>? _grid;
    private long _count;
    private bool _isCounting;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    private bool MayChange => User.May(AdminArea.Retained, AdminAccess.Write);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _count = Pulse.Latest.Retained;
        OnPulse(FollowAsync, every: 2);
    }

    private async ValueTask<Page<MessageItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield(); // the search is the processor's; what is on the screen is drawn first
        return Broker.Admin.Retained.List(Caller, Filter, request.After, request.Limit, payloadLimit: 512);
    }

    private async Task FollowAsync(PulseSample sample)
    {
        if (sample.Retained != _count)
        {
            _count = sample.Retained;
            await ReloadAsync();
        }
    }

    private void Clear() => SetQuery(new Dictionary<string, object?> { ["filter"] = null });

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;

    private async Task SetAsync()
    {
        if (await RetainedDialog.ShowAsync(Dialogs, L["Retained.Set"], null))
        {
            Snackbar.Add(L["Retained.WasSet"], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DeleteAsync(IReadOnlyList<MessageItem> items)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["Retained.DeleteTitle"],
            Text = L["Retained.DeleteText"],
            Action = L["Delete"],
            Count = items.Count,
            Details = [.. items.Select(item => item.Topic)],
            Act = async () =>
            {
                foreach (MessageItem item in items)
                {
                    try
                    {
                        await Broker.Admin.Retained.DeleteAsync(Caller, item.Topic);
                    }
                    catch (AdminException exception) when (exception.Error == AdminError.NotFound)
                    {
                        // Somebody else has removed it; that is what was asked for.
                    }
                }
            },
        });
        if (done)
        {
            _grid?.ClearSelection();
            Snackbar.Add(L["Retained.Deleted", Format.Number(items.Count)], Severity.Success);
            await ReloadAsync();
        }
    }

    // They are counted first, so that one knows how many go.
    private async Task ClearMatchingAsync()
    {
        string filter = string.IsNullOrEmpty(Filter) ? "#" : Filter;
        BulkResult? counted = null;
        _isCounting = true;
        await TryAsync(async () => counted = await Broker.Admin.Retained.ClearAsync(Caller, filter, dryRun: true, Gone));
        _isCounting = false;
        if (counted is null)
        {
            return;
        }

        if (counted.Matched == 0)
        {
            Snackbar.Add(L["Retained.NothingToClear"], Severity.Info);
            return;
        }

        BulkResult? result = null;
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["Retained.ClearTitle", filter],
            Text = L["Retained.DeleteText"],
            Action = L["Delete"],
            Count = counted.Matched,
            TypeToConfirm = counted.Matched > Many ? filter : null,
            Act = async () => result = await Broker.Admin.Retained.ClearAsync(Caller, filter, dryRun: false, Gone),
        });
        if (done)
        {
            Snackbar.Add(L["Retained.Deleted", Format.Number(result?.Done ?? 0)], Severity.Success);
            await ReloadAsync();
        }
    }
}
