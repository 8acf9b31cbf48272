using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Links;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>One stored message, and those of its topic before and after it.</summary>
public sealed partial class MessagePage
{
    private IReadOnlyList<Crumb> _crumbs = [];
    private MessageItem? _message;
    private long? _before;
    private long? _after;
    private string? _failure;

    /// <summary>The message's offset.</summary>
    [Parameter]
    public long Offset { get; set; }

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    private string FileName => string.Create(CultureInfo.InvariantCulture, $"message-{Offset}");

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        _crumbs = [new Crumb(L["Messages.Title"], "messages")];
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        (_message, _before, _after, _failure) = (null, null, null, null);
        try
        {
            MessageItem message = await Broker.Admin.Messages.GetAsync(Caller, Offset, Gone);
            _message = message;
            var near = new MessageQuery { Topic = message.Topic, PayloadLimit = 0 };
            _before = await FirstAsync(near with { ToOffset = Offset - 1, NewestFirst = true });
            _after = await FirstAsync(near with { FromOffset = Offset + 1 });
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    private async Task<long?> FirstAsync(MessageQuery query) =>
        (await Broker.Admin.Messages.ListAsync(Caller, query, null, 1, Gone)).Items is [{ } found] ? found.Offset : null;

    private async Task RepublishAsync(MessageItem message)
    {
        IDialogReference dialog = await Dialogs.ShowAsync<RepublishDialog>(
            L["Messages.Republish"], new DialogParameters<RepublishDialog> { { shown => shown.Message, message } }, new DialogOptions { BackdropClick = false });
        if (await dialog.Result is { Canceled: false, Data: PublishResult result })
        {
            Snackbar.Add(result.Offset is { } offset ? L["Message.RepublishedAt", Format.Number(offset)] : L["Message.Republished", Format.Number(result.Matched)], Severity.Success);
            await LoadAsync();
        }
    }

    private async Task DeleteAsync(MessageItem message)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["Message.DeleteTitle"],
            Text = L["Message.DeleteText", Format.Number(Offset)],
            Action = L["Delete"],
            Details = [message.Topic],
            Act = () => Broker.Admin.Messages.DeleteAsync(Caller, message.Topic, Offset, Gone),
        });
        if (done)
        {
            Snackbar.Add(L["Message.Deleted"], Severity.Success);
            Addresses.NavigateTo(PageLinks.Messages(message.Topic));
        }
    }
}
