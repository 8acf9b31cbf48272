using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Editing;

/// <summary>A form in a dialog. What the service refuses is said beside the fields, and the form stays as it is.</summary>
public sealed partial class EditDialog
{
    private FieldErrors _errors = FieldErrors.None;
    private string? _failure;
    private bool _isBusy;

    /// <summary>What the dialog is for.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>What its button says.</summary>
    [Parameter, EditorRequired]
    public required string ActionText { get; set; }

    /// <summary>What the button does; what it returns is the dialog's result.</summary>
    [Parameter, EditorRequired]
    public required Func<Task<object>> Act { get; set; }

    /// <summary>Whether the button can be pressed.</summary>
    [Parameter]
    public bool CanAct { get; set; } = true;

    /// <summary>The fields.</summary>
    [Parameter, EditorRequired]
    public required RenderFragment<FieldErrors> ChildContent { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private async Task ActAsync()
    {
        _isBusy = true;
        _failure = null;
        _errors = FieldErrors.None;
        try
        {
            Dialog.Close(DialogResult.Ok(await Act()));
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
            _errors = new FieldErrors(exception.Fields);
        }
        finally
        {
            _isBusy = false;
        }
    }
}
