using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Counts the sessions without a client that fit, and ends them when that is confirmed. Stopped, those that are ended stay so.</summary>
public sealed partial class DeleteOfflineDialog
{
    private const int MustType = 100; // from so many on, the number is typed

    private CancellationTokenSource _work = new();
    private BulkResult? _count;
    private string? _typed;
    private string? _failure;
    private long _progress;
    private bool _isBusy;

    /// <summary>Which sessions.</summary>
    [Parameter, EditorRequired]
    public required SessionFilter Filter { get; set; }

    /// <summary>Whether the page's own filters are part of it.</summary>
    [Parameter]
    public bool IsFiltered { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private string Word => (_count?.Matched ?? 0).ToString(CultureInfo.InvariantCulture);

    private bool CanDelete => !_isBusy && _count is { Matched: > 0 } count && (count.Matched < MustType || _typed?.Trim() == Word);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        try
        {
            _count = await Broker.Admin.Sessions.DeleteManyAsync(Caller, Filter, dryRun: true, Progress(), _work.Token);
        }
        catch (AdminException exception)
        {
            _count = new BulkResult(0, 0, DryRun: true);
            _failure = exception.Message;
        }
        catch (OperationCanceledException)
        {
            // The dialog was closed while it counted.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _work.Cancel();
            _work.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Stop()
    {
        if (_isBusy)
        {
            _work.Cancel();
            return;
        }

        Dialog.Cancel();
    }

    private async Task DeleteAsync()
    {
        _isBusy = true;
        _failure = null;
        _progress = 0;
        _work.Dispose();
        _work = new CancellationTokenSource();
        try
        {
            BulkResult result = await Broker.Admin.Sessions.DeleteManyAsync(Caller, Filter, dryRun: false, Progress(), _work.Token);
            Snackbar.Add(result.Done == 1 ? S["EndedOne"] : S["Ended", Format.Number(result.Done)], Severity.Success);
            Dialog.Close(DialogResult.Ok(true));
        }
        catch (OperationCanceledException)
        {
            Snackbar.Add(S["Stopped", Format.Number(_progress)], Severity.Info);
            Dialog.Close(DialogResult.Ok(true));
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        finally
        {
            _isBusy = false;
        }
    }

    // Made on the circuit's thread, so it is told there.
    private Progress<long> Progress() => new(done =>
    {
        _progress = done;
        StateHasChanged();
    });
}
