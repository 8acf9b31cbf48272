using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;

namespace SkyTree.AspNetCore.Portal.Bans;

/// <summary>Who is kept out. Other pages lead here with <c>bans?new=1&amp;client=…</c> to keep out what they show.</summary>
public sealed partial class BansPage
{
    private KeysetGrid<Ban>? _grid;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "new")]
    private string? New { get; set; }

    [SupplyParameterFromQuery(Name = "client")]
    private string? ClientId { get; set; }

    [SupplyParameterFromQuery(Name = "user")]
    private string? UserName { get; set; }

    [SupplyParameterFromQuery(Name = "address")]
    private string? Address { get; set; }

    private bool MayChange => User.May(AdminArea.Bans, AdminAccess.Write);

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && New is not null && MayChange)
        {
            await CreateAsync(ClientId, UserName, Address);
            // Not before: a dialog does not outlive a change of the address.
            SetQuery(new Dictionary<string, object?> { ["new"] = null, ["client"] = null, ["user"] = null, ["address"] = null }, replace: true);
        }
    }

    private static IEnumerable<(string Name, string Value)> Parts(Ban ban)
    {
        if (ban.ClientId is { } client)
        {
            yield return ("Client", client);
        }

        if (ban.UserName is { } user)
        {
            yield return ("User", user);
        }

        if (ban.Address is { } address)
        {
            yield return ("Address", address);
        }
    }

    private ValueTask<Page<Ban>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Broker.Admin.Bans.List(Caller, string.IsNullOrEmpty(Search) ? null : Search, request.After, request.Limit));

    private async Task CreateAsync(string? client = null, string? user = null, string? address = null)
    {
        var parameters = new DialogParameters<BanDialog>
        {
            { dialog => dialog.ClientId, client },
            { dialog => dialog.UserName, user },
            { dialog => dialog.Address, address },
        };
        if (await Dialogs.EditAsync(parameters) is Ban)
        {
            Snackbar.Add(T["Bans.Created"], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DeleteAsync(IReadOnlyList<Ban> bans)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Bans.DeleteTitle"],
            Text = T["Bans.DeleteText"],
            Action = T["Bans.Delete"],
            Count = bans.Count == 1 ? null : bans.Count,
            Details = [.. bans.Select(ban => string.Join(" · ", Parts(ban).Select(part => $"{T["Bans." + part.Name]} {part.Value}")))],
            IsDestructive = false,
            Act = async () =>
            {
                foreach (Ban ban in bans)
                {
                    await Broker.Admin.Bans.DeleteAsync(Caller, ban.Id);
                }
            },
        });
        if (done)
        {
            _grid?.ClearSelection();
        }

        await ReloadAsync();
    }

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;
}
