using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.AspNetCore.Portal.Fields;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Traffic.Retained;

/// <summary>Sets a topic's retained message.</summary>
public sealed partial class RetainedDialog
{
    private static readonly IReadOnlyList<Choice> s_qos = Choice.Of("0", "1", "2");

    private string _topic = "";
    private string _way = "text";
    private string? _typed;
    private string _qos = "1";
    private string? _expiry;
    private string? _contentType;
    private string? _failure;
    private string? _field;
    private bool _isBusy;

    /// <summary>The message that is changed; null: a new one.</summary>
    [Parameter]
    public MessageItem? Message { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private Broker Broker { get; set; } = default!;

    [Inject]
    private PortalUser User { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>Shows it.</summary>
    /// <param name="dialogs">Shows dialogs.</param>
    /// <param name="title">Its title.</param>
    /// <param name="message">The message that is changed; null: a new one.</param>
    /// <returns>Whether one was set.</returns>
    public static async Task<bool> ShowAsync(IDialogService dialogs, string title, MessageItem? message)
    {
        ArgumentNullException.ThrowIfNull(dialogs);
        IDialogReference dialog = await dialogs.ShowAsync<RetainedDialog>(
            title, new DialogParameters<RetainedDialog> { { shown => shown.Message, message } }, new DialogOptions { BackdropClick = false });
        return await dialog.Result is { Canceled: false };
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (Message is { } message)
        {
            _topic = message.Topic;
            (_way, _typed) = PayloadInput.Write(message.Payload);
            _qos = ((int)message.QoS).ToString(CultureInfo.InvariantCulture);
            _contentType = message.Properties?.ContentType;
            _expiry = message.ExpiresAt is { } expires
                ? Math.Max(1, (long)(expires - Time.GetUtcNow()).TotalSeconds).ToString(CultureInfo.InvariantCulture)
                : null;
        }
    }

    private async Task ActAsync()
    {
        if (PayloadInput.Read(_way, _typed) is not { } payload)
        {
            return; // its field says why
        }

        _isBusy = true;
        (_failure, _field) = (null, null);
        try
        {
            MessageProperties? properties = Message?.Properties;
            if (properties is not null || !string.IsNullOrEmpty(_contentType))
            {
                properties = (properties ?? new MessageProperties()) with { ContentType = string.IsNullOrEmpty(_contentType) ? null : _contentType };
            }

            await Broker.Admin.Retained.SetAsync(User.Caller, new PublishRequest
            {
                Topic = _topic,
                Payload = payload,
                QoS = (QoS)byte.Parse(_qos, CultureInfo.InvariantCulture),
                ExpirySeconds = uint.TryParse(_expiry, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) ? seconds : null,
                Properties = properties,
            });
            Dialog.Close(DialogResult.Ok(true));
        }
        catch (AdminException exception)
        {
            (_failure, _field) = (exception.Message, exception.Fields.Keys.FirstOrDefault());
        }
        finally
        {
            _isBusy = false;
        }
    }
}
