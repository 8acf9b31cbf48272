using MudBlazor;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>Dialogs of the portal.</summary>
public static class DialogExtensions
{
    /// <summary>Asks, and acts when the answer is yes.</summary>
    /// <param name="dialogs">Shows it.</param>
    /// <param name="question">What is asked and done.</param>
    /// <returns>Whether it was done.</returns>
    public static async Task<bool> ConfirmAsync(this IDialogService dialogs, ConfirmQuestion question)
    {
        ArgumentNullException.ThrowIfNull(dialogs);
        ArgumentNullException.ThrowIfNull(question);
        IDialogReference dialog = await dialogs.ShowAsync<ConfirmDialog>(
            question.Title,
            new DialogParameters<ConfirmDialog> { { shown => shown.Question, question } },
            new DialogOptions { BackdropClick = false });
        return await dialog.Result is { Canceled: false };
    }
}
