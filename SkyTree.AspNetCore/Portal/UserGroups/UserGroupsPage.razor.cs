using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.UserGroups;

/// <summary>Groups of users.</summary>
public sealed partial class UserGroupsPage
{
    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    /// <summary>The page of a group.</summary>
    /// <param name="group">Its name.</param>
    internal static string AddressOf(string group) => $"groups/one?name={Uri.EscapeDataString(group)}";

    private ValueTask<Page<UserGroup>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Broker.Admin.Users.ListGroups(Caller, string.IsNullOrEmpty(Search) ? null : Search, request.After, request.Limit));

    // A group is there from its first member on.
    private async Task CreateAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<MemberDialog>()) is MemberDialog.Added added)
        {
            Addresses.NavigateTo(AddressOf(added.Group));
        }
    }
}
