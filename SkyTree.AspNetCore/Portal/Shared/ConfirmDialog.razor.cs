using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>Says what an action will do and to how many, and does it when that is confirmed. What fails is said here, and can be tried again.</summary>
public sealed partial class ConfirmDialog
{
    private string? _typed;
    private string? _failure;
    private bool _isBusy;

    /// <summary>What is asked, and what is done.</summary>
    [Parameter, EditorRequired]
    public required ConfirmQuestion Question { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private bool IsTyped => Question.TypeToConfirm is null || string.Equals(_typed?.Trim(), Question.TypeToConfirm, StringComparison.Ordinal);

    private void Cancel() => Dialog.Cancel();

    private async Task ActAsync()
    {
        _isBusy = true;
        _failure = null;
        try
        {
            await Question.Act();
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
}
