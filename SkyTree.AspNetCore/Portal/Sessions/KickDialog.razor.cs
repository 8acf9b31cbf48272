using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Disconnects clients, with a reason that 5.0 clients are told. Cancelled, those not yet reached stay connected.</summary>
public sealed partial class KickDialog
{
    private readonly List<string> _failures = [];
    private string? _reason;
    private int _done;
    private bool _isBusy;
    private bool _isCancelled;

    /// <summary>Whom.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<string> Clients { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>Asks, and disconnects them.</summary>
    /// <param name="dialogs">Shows it.</param>
    /// <param name="title">What is asked.</param>
    /// <param name="clients">Whom.</param>
    /// <returns>Whether one was disconnected.</returns>
    internal static async Task<bool> ShowAsync(IDialogService dialogs, string title, IReadOnlyList<string> clients)
    {
        IDialogReference dialog = await dialogs.ShowAsync<KickDialog>(
            title,
            new DialogParameters<KickDialog> { { shown => shown.Clients, clients } },
            new DialogOptions { BackdropClick = false, MaxWidth = MaxWidth.Small, FullWidth = true });
        return await dialog.Result is { Canceled: false };
    }

    private void Close()
    {
        _isCancelled = true;
        if (!_isBusy)
        {
            Dialog.Close(_done > 0 ? DialogResult.Ok(true) : DialogResult.Cancel());
        }
    }

    private async Task KickAsync()
    {
        _isBusy = true;
        _failures.Clear();
        int kicked = 0;
        foreach (string client in Clients)
        {
            if (_isCancelled)
            {
                break;
            }

            try
            {
                await Broker.Admin.Sessions.KickAsync(Caller, client, string.IsNullOrWhiteSpace(_reason) ? null : _reason.Trim(), Gone);
                kicked++;
            }
            catch (AdminException exception) when (exception.Error is AdminError.NotFound or AdminError.Conflict && Clients.Count > 1)
            {
                // It went by itself.
            }
            catch (AdminException exception)
            {
                _failures.Add(exception.Message);
            }

            if (++_done % 20 == 0)
            {
                StateHasChanged();
                await Task.Yield();
            }
        }

        _isBusy = false;
        if (kicked > 0)
        {
            Snackbar.Add(kicked == 1 ? S["KickedOne"] : S["Kicked", Format.Number(kicked)], Severity.Success);
        }

        if (_failures.Count == 0)
        {
            Dialog.Close(DialogResult.Ok(true));
        }
    }
}
