using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Nodes;

/// <summary>The nodes, how far each is, and what can be done with them.</summary>
public sealed partial class ClusterPage
{
    private const int SecondsBetween = 2;

    private static readonly string s_example = string.Join(
        '\n',
        "\"Cluster\": {",
        "  \"Enabled\": true,",
        "  \"Address\": \"10.0.0.1\",",
        "  \"Seeds\": [ \"10.0.0.1:7801\", \"10.0.0.2:7801\", \"10.0.0.3:7801\" ],",
        "  \"SecretPath\": \"/etc/skytree/cluster-secret\"",
        "}");

    private readonly DrainProgress _drains = new();
    private ClusterStatus? _status;
    private string? _failure;
    private bool _isAlone;

    [Inject]
    private ClusterControl Cluster { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    private bool MayChange => User.May(AdminArea.Cluster, AdminAccess.Write);

    private long Newest => _status?.Members.Max(member => member.AppliedIndex ?? 0) ?? 0;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _isAlone = Identity.Cluster is null;
        // The next beat waits for this one's answer; nodes that are away take two seconds to be given up.
        OnPulse(_ => LookAsync(), SecondsBetween);
        await LookAsync();
    }

    /// <summary>Whether a node's state is good or bad.</summary>
    internal static Severity ToneOf(MemberStatus member) => StateOf(member) switch
    {
        "Serving" => Severity.Success,
        "Draining" or "Drained" => Severity.Warning,
        _ => Severity.Error,
    };

    /// <summary>A node's state; <c>Cluster.Is</c> before it is a text's name.</summary>
    internal static string StateOf(MemberStatus member) =>
        !member.IsReachable ? "Away" : !member.IsServing ? "CutOff" : !member.IsDraining ? "Serving" : member.Clients > 0 ? "Draining" : "Drained";

    private static string? PortalOf(MemberStatus member) => member.Http switch
    {
        null or "" => null,
        { } http when http.Contains("://", StringComparison.Ordinal) => http,
        { } http => "http://" + http,
    };

    /// <summary>The members for which the format level does not rise.</summary>
    private static string Holding(ClusterStatus status) => string.Join(
        ", ",
        status.Members.Where(member => (member.FormatLevel ?? 0) < status.NewestFormatLevel && status.FormatLevel < status.NewestFormatLevel).Select(member => member.Address));

    private async Task LookAsync()
    {
        try
        {
            _status = await Cluster.GetStatusAsync(Caller, Gone);
            _drains.See(_status.Members);
            _failure = null;
        }
        catch (Exception exception) when (exception is AdminException or ClusterAdminException)
        {
            _failure = exception.Message;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    private async Task AddAsync()
    {
        if (await Dialogs.EditAsync(new DialogParameters<AddNodeDialog>()) is string address)
        {
            Snackbar.Add(T["Cluster.Added", address], Severity.Success);
            await LookAsync();
        }
    }

    private async Task RemoveAsync(MemberStatus member)
    {
        int left = Math.Max(0, (_status?.Members.Count ?? 1) - 1);
        List<string> details = [T["Cluster.RemoveClients", Format.Number(member.Clients ?? 0)], T["Cluster.RemoveLeft", Format.Number(left)]];
        if (member is { Clients: > 0, IsDraining: false })
        {
            details.Add(T["Cluster.RemoveDrainFirst"]);
        }

        if (left == 2)
        {
            details.Add(T["Cluster.RemoveTwo"]);
        }

        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Cluster.RemoveTitle", member.Address],
            Text = T[member.IsThisNode ? "Cluster.RemoveSelfText" : "Cluster.RemoveText"],
            Details = details,
            Action = T["Cluster.Remove"],
            TypeToConfirm = member.Address,
            Act = () => TellAsync(() => Cluster.RemoveAsync(Caller, member.Address, CancellationToken.None)),
        });
        await DoneAsync(done, T["Cluster.Removed", member.Address]);
    }

    private async Task TransferAsync()
    {
        Guid leader = default;
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Cluster.TransferTitle"],
            Text = T["Cluster.TransferText", _status?.Members.FirstOrDefault(member => member.IsLeader)?.Address ?? ""],
            Action = T["Cluster.Transfer"],
            IsDestructive = false,
            Act = () => TellAsync(async () => leader = await Cluster.LetAnotherLeadAsync(Caller, CancellationToken.None)),
        });
        await DoneAsync(done, T["Cluster.Transferred", Identity.NameOf(leader)]);
    }

    private async Task DrainAsync(MemberStatus member)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = T["Cluster.DrainTitle", member.Address],
            Text = T["Cluster.DrainText", Format.Number(ClusterAdmin.DefaultDrainRate)],
            Count = member.Clients,
            Details = [.. (_status?.Members ?? []).Where(other => other.Address != member.Address && other is { IsServing: true, IsDraining: false }).Select(other => T["Cluster.DrainTo", other.ServerReference ?? other.Address].Value)],
            Action = T["Cluster.Drain"],
            Act = () => TellAsync(() => Cluster.BeginDrainAsync(Caller, member.Address, null, CancellationToken.None)),
        });
        await DoneAsync(done, T["Cluster.DrainBegun", member.Address]);
    }

    private async Task EndDrainAsync(MemberStatus member)
    {
        await TryAsync(() => TellAsync(() => Cluster.EndDrainAsync(Caller, member.Address, CancellationToken.None)), T["Cluster.DrainEnded", member.Address]);
        await LookAsync();
    }

    private async Task DoneAsync(bool done, string text)
    {
        if (done)
        {
            Snackbar.Add(text, Severity.Success);
        }

        await LookAsync();
    }

    internal static async Task TellAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (ClusterAdminException exception)
        {
            throw new AdminException(AdminError.Unavailable, "cluster", exception.Message, exception);
        }
    }
}
