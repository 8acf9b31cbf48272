using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace SkyTree.AspNetCore.Portal.Editing;

/// <summary>Forms in dialogs.</summary>
internal static class EditDialogs
{
    // A click beside it must not lose what has been typed.
    private static readonly DialogOptions s_options = new() { BackdropClick = false, CloseOnEscapeKey = true, FullWidth = true, MaxWidth = MaxWidth.Small };

    /// <summary>Shows a form and waits for its end.</summary>
    /// <typeparam name="TDialog">The form.</typeparam>
    /// <param name="dialogs">Shows it.</param>
    /// <param name="parameters">What it is given.</param>
    /// <returns>What its action returned; null: it was given up.</returns>
    public static async Task<object?> EditAsync<TDialog>(this IDialogService dialogs, DialogParameters<TDialog> parameters)
        where TDialog : IComponent
    {
        IDialogReference dialog = await dialogs.ShowAsync<TDialog>(null, parameters, s_options);
        return await dialog.Result is { Canceled: false, Data: { } data } ? data : null;
    }
}
