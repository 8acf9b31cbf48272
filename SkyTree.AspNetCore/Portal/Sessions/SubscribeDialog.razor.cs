using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Subscribes for a session.</summary>
public sealed partial class SubscribeDialog
{
    private string? _filter;
    private QoS _qos = QoS.AtLeastOnce;
    private RetainHandling _retain;
    private uint? _identifier;
    private bool _noLocal;
    private bool _retainAsPublished;
    private string? _failure;
    private bool _isBusy;

    /// <summary>For whom.</summary>
    [Parameter, EditorRequired]
    public required string ClientId { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private async Task AddAsync()
    {
        _isBusy = true;
        _failure = null;
        try
        {
            SubscribeResult result = await Broker.Admin.Sessions.SubscribeAsync(
                Caller,
                ClientId,
                new SubscribeForSession
                {
                    Filter = _filter!.Trim(),
                    QoS = _qos,
                    NoLocal = _noLocal,
                    RetainAsPublished = _retainAsPublished,
                    RetainHandling = _retain,
                    Identifier = _identifier,
                },
                Gone);
            Snackbar.Add(S[result.Replaced ? "SubscriptionReplaced" : "SubscriptionAdded", (int)result.QoS], Severity.Success);
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
