using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.Core.Admin;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Portal.Sinks;

/// <summary>What takes messages to other systems, how far each is, and pausing it.</summary>
public sealed partial class SinksPage
{
    private IReadOnlyList<SinkStatus>? _sinks;
    private string? _failure;

    [Inject]
    private SinkAdmin Sinks { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    private bool MayChange => User.May(AdminArea.Sinks, AdminAccess.Write);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync(), every: 2);
        await LoadAsync();
    }

    private static Severity ToneOf(SinkState state) => state switch
    {
        SinkState.Running => Severity.Success,
        SinkState.Retrying => Severity.Error,
        SinkState.Paused => Severity.Warning,
        _ => Severity.Normal,
    };

    private async Task LoadAsync()
    {
        try
        {
            _sinks = await Sinks.ListAsync(Caller, Gone);
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

    private async Task PauseAsync(SinkStatus sink)
    {
        await TryAsync(() => Sinks.PauseAsync(Caller, sink.Name, Gone), S["Paused", sink.Name]);
        await LoadAsync();
    }

    private async Task ResumeAsync(SinkStatus sink)
    {
        await TryAsync(() => Sinks.ResumeAsync(Caller, sink.Name, Gone), S["Resumed", sink.Name]);
        await LoadAsync();
    }
}
