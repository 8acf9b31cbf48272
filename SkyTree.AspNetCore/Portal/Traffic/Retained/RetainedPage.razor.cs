using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Retained;

/// <summary>A topic's retained message.</summary>
public sealed partial class RetainedPage
{
    private IReadOnlyList<Crumb> _crumbs = [];
    private MessageItem? _message;
    private string? _failure;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Topic { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _crumbs = [new Crumb(L["Retained.Title"], "retained")];
        Load();
    }

    private void Load()
    {
        (_message, _failure) = (null, null);
        try
        {
            _message = Broker.Admin.Retained.Get(Caller, Topic ?? "");
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    private async Task ChangeAsync(MessageItem message)
    {
        if (await RetainedDialog.ShowAsync(Dialogs, L["RetainedOne.Change"], message))
        {
            Snackbar.Add(L["Retained.WasSet"], Severity.Success);
            Load();
        }
    }

    private async Task DeleteAsync(MessageItem message)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["Retained.DeleteTitle"],
            Text = L["Retained.DeleteText"],
            Action = L["Delete"],
            Details = [message.Topic],
            Act = () => Broker.Admin.Retained.DeleteAsync(Caller, message.Topic),
        });
        if (done)
        {
            Snackbar.Add(L["Retained.Deleted", "1"], Severity.Success);
            Addresses.NavigateTo("retained");
        }
    }
}
