using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.UserGroups;

/// <summary>One group: who belongs to it, and which rules name it.</summary>
public sealed partial class UserGroupPage
{
    private KeysetGrid<DeviceUser>? _grid;
    private UserGroup? _group;
    private IReadOnlyList<AccessEntry> _rules = [];

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "name")]
    private string? Name { get; set; }

    private string Group => Name ?? "";

    private bool MayChange => User.May(AdminArea.Users, AdminAccess.Write);

    /// <inheritdoc/>
    protected override void OnParametersSet() => Look();

    private void Look()
    {
        // What is as long as the name itself comes first of what begins with it. Null: nobody belongs to it, and no rule names it.
        _group = Broker.Admin.Users.ListGroups(Caller, Group, limit: 1).Items.FirstOrDefault(group => group.Name == Group);
        _rules = User.May(AdminArea.Acl, AdminAccess.Read) ? [.. Broker.Admin.Access.List(Caller).Where(rule => rule.Rule.Group == Group)] : [];
    }

    private ValueTask<Page<DeviceUser>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Broker.Admin.Users.List(Caller, group: Group, after: request.After, limit: request.Limit));

    private async Task AddAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<MemberDialog> { { dialog => dialog.Group, Group } }) is MemberDialog.Added added)
        {
            Snackbar.Add(T["UserGroups.Added", added.User, Group], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task RemoveAsync(IReadOnlyList<DeviceUser> users)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = users.Count == 1 ? T["UserGroups.RemoveOne", users[0].Name, Group] : T["UserGroups.RemoveMany", Format.Number(users.Count), Group],
            Text = T["UserGroups.RemoveText"],
            Action = T["UserGroups.Remove"],
            Details = users.Count == 1 ? [] : [.. users.Select(user => user.Name)],
            Act = async () =>
            {
                foreach (DeviceUser user in users)
                {
                    DeviceUser now = Broker.Admin.Users.Get(Caller, user.Name);
                    await Broker.Admin.Users.ChangeAsync(Caller, now.Name, [.. now.Groups.Where(other => other != Group)], version: now.Version);
                }
            },
        });
        if (done)
        {
            _grid?.ClearSelection();
        }

        await ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        Look();
        if (_grid is not null)
        {
            await _grid.ReloadAsync();
        }
    }
}
