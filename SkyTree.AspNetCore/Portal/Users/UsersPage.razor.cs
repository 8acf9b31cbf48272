using System.Text;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.Users;

/// <summary>Users that devices connect as.</summary>
public sealed partial class UsersPage
{
    private const string Configured = "configured";

    private KeysetGrid<DeviceUser>? _grid;
    private int _count;
    private int _configured;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private Browser Browser { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "group")]
    private string? Group { get; set; }

    [SupplyParameterFromQuery(Name = "source")]
    private string? Source { get; set; }

    private bool MayChange => User.May(AdminArea.Users, AdminAccess.Write);

    /// <inheritdoc/>
    protected override void OnInitialized() => Count();

    private void Count()
    {
        _count = Broker.Admin.Users.Count(Caller);
        _configured = Broker.Admin.Users.ListConfigured(Caller).Count;
    }

    private ValueTask<Page<DeviceUser>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        if (Source == Configured)
        {
            IEnumerable<DeviceUser> users = Broker.Admin.Users.ListConfigured(Caller)
                .Where(user => string.IsNullOrEmpty(Search) || user.Name.Contains(Search, StringComparison.OrdinalIgnoreCase));
            return ValueTask.FromResult(new Page<DeviceUser>([.. users], null));
        }

        return ValueTask.FromResult(Broker.Admin.Users.List(Caller, contains: NullIfEmpty(Search), group: NullIfEmpty(Group), after: request.After, limit: request.Limit));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private string Ways(DeviceUser user) => (user.HasPassword, user.HasScram) switch
    {
        (true, true) => T["Users.PasswordAndScram"],
        (true, false) => T["Users.PasswordOnly"],
        (false, true) => T["Users.ScramOnly"],
        _ => T["Users.NoPassword"],
    };

    private void Set(string name, string value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private async Task CreateAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<UserDialog>()) is DeviceUser made)
        {
            Snackbar.Add(T["Users.Created", made.Name], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task ChangeAsync(DeviceUser user)
    {
        if (await Dialogs.EditAsync(new DialogParameters<UserDialog> { { dialog => dialog.Existing, user } }) is not null)
        {
            await ReloadAsync();
        }
    }

    private async Task SetPasswordAsync(DeviceUser user)
    {
        if (await Dialogs.EditAsync(new DialogParameters<UserPasswordDialog> { { dialog => dialog.Name, user.Name } }) is not null)
        {
            Snackbar.Add(T["Users.PasswordSet", user.Name], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DisableAsync(IReadOnlyList<DeviceUser> users, bool disable)
    {
        DeviceUser[] concerned = [.. users.Where(user => user.IsDisabled != disable)];
        if (concerned.Length == 0)
        {
            return;
        }

        await ActAsync(concerned, disable ? "Disable" : "Enable", disable, async user => await Broker.Admin.Users.ChangeAsync(Caller, user.Name, isDisabled: disable));
    }

    private Task DeleteAsync(IReadOnlyList<DeviceUser> users) =>
        ActAsync(users, "Delete", true, async user => await Broker.Admin.Users.DeleteAsync(Caller, user.Name));

    private async Task ActAsync(IReadOnlyList<DeviceUser> users, string what, bool isDestructive, Func<DeviceUser, Task> act)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = users.Count == 1 ? T[$"Users.{what}One", users[0].Name] : T[$"Users.{what}Many", Format.Number(users.Count)],
            Text = T[$"Users.{what}Text"],
            Action = T["Users." + what],
            Details = users.Count == 1 ? [] : [.. users.Select(user => user.Name)],
            IsDestructive = isDestructive,
            Act = async () =>
            {
                foreach (DeviceUser user in users)
                {
                    await act(user);
                }
            },
        });
        if (done)
        {
            _grid?.ClearSelection();
        }

        await ReloadAsync();
    }

    private async Task ImportAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<UserImportDialog>()) is UserImportResult result)
        {
            Snackbar.Add(T["Users.Imported", Format.Number(result.Imported)], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task ExportAsync()
    {
        bool confirmed = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Users.ExportTitle"],
            Text = T["Users.ExportText"],
            Action = T["Users.Export"],
            Count = _count,
            IsDestructive = false,
            Act = async () =>
            {
                using var text = new StringWriter();
                UserCsv.Write(await Broker.Admin.Users.ExportAsync(Caller), text);
                using var content = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()), writable: false);
                await Browser.DownloadAsync("skytree-users.csv", "text/csv", content);
            },
        });
        if (confirmed)
        {
            Snackbar.Add(T["Users.Exported"], Severity.Success);
        }
    }

    private async Task ReloadAsync()
    {
        Count();
        if (_grid is not null)
        {
            await _grid.ReloadAsync();
        }
    }
}
