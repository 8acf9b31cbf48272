using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>What has happened to a client on any node, as far back as the nodes remember, and what happens now.</summary>
public sealed partial class SessionEvents
{
    private const int Shown = 500;

    private Page<BrokerEvent>? _history; // the latest first
    private string? _failure;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public required string ClientId { get; set; }

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    private bool IsCluster => Identity.Cluster is not null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync());
        await LoadAsync();
    }

    private static Color ColorOf(EventKind kind) => kind switch
    {
        EventKind.Connected => Color.Success,
        EventKind.Dropped => Color.Error,
        EventKind.Gap => Color.Warning,
        _ => Color.Default,
    };

    private async Task LoadAsync()
    {
        try
        {
            _history = await Broker.Admin.Events.HistoryAsync(Caller, ClientId, Shown, Gone);
            _failure = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }
}
