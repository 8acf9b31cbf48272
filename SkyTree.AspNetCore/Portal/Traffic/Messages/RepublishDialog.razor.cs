using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Publishes a stored message again, to its topic or another one.</summary>
public sealed partial class RepublishDialog
{
    private string _topic = "";
    private string? _failure;
    private bool _isBusy;

    /// <summary>The message.</summary>
    [Parameter, EditorRequired]
    public required MessageItem Message { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private Broker Broker { get; set; } = default!;

    [Inject]
    private PortalUser User { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnInitialized() => _topic = Message.Topic;

    private async Task ActAsync()
    {
        _isBusy = true;
        try
        {
            Dialog.Close(DialogResult.Ok(await Broker.Admin.Messages.RepublishAsync(User.Caller, Message.Offset, _topic)));
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
