using MudBlazor;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Bridges;

namespace SkyTree.AspNetCore.Portal.Bridges;

/// <summary>Bridges to other brokers, and how they are.</summary>
public sealed partial class Bridges
{
    private const int SecondsBetween = 2;

    private static readonly string s_example = string.Join(
        '\n',
        "\"Bridges\": {",
        "  \"plant\": {",
        "    \"Server\": \"mqtt://plant.example:1883\",",
        "    \"Topics\": [ { \"Filter\": \"sensors/#\", \"Direction\": \"In\" } ]",
        "  }",
        "}");

    private BridgeList? _bridges;
    private string? _failure;

    private bool MayChange => User.May(AdminArea.Bridges, AdminAccess.Write);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync(), SecondsBetween);
        await LoadAsync();
    }

    private static Severity ToneOf(BridgeState state) => state switch
    {
        BridgeState.Connected => Severity.Success,
        BridgeState.Connecting => Severity.Normal,
        BridgeState.Waiting => Severity.Error,
        _ => Severity.Warning,
    };

    private static string Arrow(BridgeDirection direction) => direction switch
    {
        BridgeDirection.Out => "→",
        BridgeDirection.In => "←",
        _ => "↔",
    };

    private async Task LoadAsync()
    {
        try
        {
            _bridges = await Broker.Admin.Bridges.ListAsync(Caller, Gone);
            _failure = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    private async Task ToggleAsync(BridgeItem bridge)
    {
        bool pauses = bridge.State != BridgeState.Paused;
        await TryAsync(
            () => pauses ? Broker.Admin.Bridges.PauseAsync(Caller, bridge.Name) : Broker.Admin.Bridges.ResumeAsync(Caller, bridge.Name),
            S[pauses ? "Paused" : "Resumed", bridge.Name]);
        await LoadAsync();
    }
}
