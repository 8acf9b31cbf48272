using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Admins;

/// <summary>Who may use the portal and the HTTP API.</summary>
public sealed partial class AdminsPage
{
    private KeysetGrid<AdminAccount>? _grid;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    private bool MayChange => User.May(AdminArea.Admins, AdminAccess.Write);

    private ValueTask<Page<AdminAccount>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Broker.Admin.Accounts.List(Caller, request.After, request.Limit));

    private Task CreateAsync() => EditAsync(new DialogParameters<AdminDialog>(), "Admins.Created");

    private Task ChangeAsync(AdminAccount account) => EditAsync(new DialogParameters<AdminDialog> { { dialog => dialog.Existing, account } }, "Admins.Changed");

    private Task SetPasswordAsync(AdminAccount account)
    {
        if (account.Name == Caller.Name)
        {
            Addresses.NavigateTo("password", forceLoad: true); // one's own needs the present one, too
            return Task.CompletedTask;
        }

        return EditAsync(new DialogParameters<AdminPasswordDialog> { { dialog => dialog.Name, account.Name } }, "Admins.PasswordSet");
    }

    private async Task EditAsync<TDialog>(DialogParameters<TDialog> parameters, string done)
        where TDialog : IComponent
    {
        if (await Dialogs.EditAsync(parameters) is not null)
        {
            Snackbar.Add(T[done], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DeleteAsync(AdminAccount account)
    {
        await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Admins.DeleteTitle", account.Name],
            Text = T[account.Name == Caller.Name ? "Admins.DeleteSelfText" : "Admins.DeleteText"],
            Action = T["Admins.Delete"],
            TypeToConfirm = account.Name == Caller.Name ? account.Name : null,
            Act = async () => await Broker.Admin.Accounts.DeleteAsync(Caller, account.Name, account.Version),
        });
        await ReloadAsync();
    }

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;
}
