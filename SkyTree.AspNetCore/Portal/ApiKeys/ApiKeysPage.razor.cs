using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.ApiKeys;

/// <summary>Keys that programs show to the HTTP API.</summary>
public sealed partial class ApiKeysPage
{
    private KeysetGrid<ApiKey>? _grid;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private bool MayChange => User.May(AdminArea.ApiKeys, AdminAccess.Write);

    private ValueTask<Page<ApiKey>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Broker.Admin.ApiKeys.List(Caller, request.After, request.Limit));

    private string StateOf(ApiKey key) => key.IsDisabled ? "Disabled" : key.ExpiresAt <= Time.GetUtcNow() ? "Expired" : "Valid";

    private async Task CreateAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<ApiKeyDialog>()) is NewApiKey made)
        {
            await Dialogs.EditAsync(new DialogParameters<NewApiKeyDialog> { { dialog => dialog.Token, made.Token }, { dialog => dialog.Name, made.Key.Name } });
            await ReloadAsync();
        }
    }

    private async Task ChangeAsync(ApiKey key)
    {
        if (await Dialogs.EditAsync(new DialogParameters<ApiKeyDialog> { { dialog => dialog.Existing, key } }) is not null)
        {
            Snackbar.Add(T["ApiKeys.Changed"], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DisableAsync(ApiKey key)
    {
        await TryAsync(async () => await Broker.Admin.ApiKeys.ChangeAsync(Caller, key.Id, now => now with { IsDisabled = !key.IsDisabled }, key.Version));
        await ReloadAsync();
    }

    private async Task DeleteAsync(ApiKey key)
    {
        await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["ApiKeys.DeleteTitle", key.Name],
            Text = T["ApiKeys.DeleteText"],
            Action = T["ApiKeys.Delete"],
            Act = async () => await Broker.Admin.ApiKeys.DeleteAsync(Caller, key.Id, key.Version),
        });
        await ReloadAsync();
    }

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;
}
