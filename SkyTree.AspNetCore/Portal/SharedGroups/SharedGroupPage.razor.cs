using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Sessions;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Subscriptions;

namespace SkyTree.AspNetCore.Portal.SharedGroups;

/// <summary>One shared group: how far it has come, how it is shared, and by whom.</summary>
public sealed partial class SharedGroupPage
{
    private const int Shown = 500;

    private SharedGroupItem? _group;
    private string? _failure;
    private string? _shown;
    private bool _isMissing;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    private bool MayChange => User.May(AdminArea.Sessions, AdminAccess.Write);

    private bool IsCluster => Identity.Cluster is not null;

    /// <inheritdoc/>
    protected override void OnInitialized() => OnPulse(_ => LoadAsync(), every: 2);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != Filter)
        {
            _shown = Filter;
            _group = null;
            await LoadAsync();
        }
    }

    private async Task LoadAsync()
    {
        try
        {
            _group = await Broker.Admin.Subscriptions.GetGroupAsync(Caller, Filter ?? "", Gone);
            _isMissing = false;
            _failure = null;
        }
        catch (AdminException exception)
        {
            _isMissing = exception.Error == AdminError.NotFound;
            _failure = exception.Message;
            _group = null;
        }
    }

    private async Task MoveAsync(SharedGroupItem group, Guid node)
    {
        SharedGroupMove? move = null;
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["MoveTitle", group.Group, Identity.NameOf(node)],
            Text = S["MoveText"],
            Details =
            [
                S["MoveFrom", Identity.NameOf(group.Dispatcher), Format.Number(group.Members.Count(member => member.IsConnected && member.Node == group.Dispatcher))],
                S["MoveTo", Identity.NameOf(node), Format.Number(group.Members.Count(member => member.IsConnected && member.Node == node))],
                S["MoveAgain", group.Live is { } live ? Format.Number(live.Inflight) : (object)"?"],
            ],
            Action = S["HandOut"],
            IsDestructive = false,
            Act = async () => move = await Broker.Admin.Subscriptions.MoveGroupAsync(Caller, group.Filter, node, Gone),
        });
        if (done && move is not null)
        {
            Snackbar.Add(S["Moved", Identity.NameOf(move.To)], Severity.Success);
        }

        await LoadAsync();
    }

    private async Task KickAsync(SharedGroupMember member)
    {
        if (await KickDialog.ShowAsync(Dialogs, S["Disconnect"], [member.ClientId]))
        {
            await LoadAsync();
        }
    }

    private IEnumerable<(string Name, string Value, string Note)> Figures(SharedGroupItem group)
    {
        yield return ("Members", $"{Format.Number(group.Members.Count(member => member.IsConnected))} / {Format.Number(group.Members.Count)}", S["MembersTitle"]);
        yield return ("Lag", group.ReadsLog ? Format.Number(group.Lag) : "–", S[group.ReadsLog ? "LagNote" : "NoLog"]);
        yield return ("Waiting", group.Live is { } live ? Format.Number(live.Waiting) : "?", S["WaitingNote"]);
        yield return ("Redelivered", group.Live is { } again ? Format.Number(again.Redelivered) : "?", S["RedeliveredNote"]);
        yield return ("Inflight", group.Live is { } flying ? Format.Number(flying.Inflight) : "?", S["InflightNote"]);
        if (group.ReadsLog)
        {
            yield return ("Cursor", Format.Number(Math.Max(group.Cursor, group.Live?.Cursor ?? 0)), S["CursorNote"]);
        }
    }
}
