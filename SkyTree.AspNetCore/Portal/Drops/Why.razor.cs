using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Drops;

namespace SkyTree.AspNetCore.Portal.Drops;

/// <summary>Why a client did, or did not, get a message: each step of its delivery with the answer.</summary>
public sealed partial class Why
{
    private string? _client;
    private string? _topic;
    private long? _offset;
    private (string?, string?, long?)? _asked;
    private DeliveryReport? _report;
    private string? _failure;
    private bool _isBusy;

    [SupplyParameterFromQuery(Name = "client")]
    private string? Client { get; set; }

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Topic { get; set; }

    [SupplyParameterFromQuery(Name = "offset")]
    private string? Offset { get; set; }

    private long? AskedOffset => long.TryParse(Offset, NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset : null;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_asked == (Client, Topic, AskedOffset))
        {
            return;
        }

        _asked = (Client, Topic, AskedOffset);
        (_client, _topic, _offset) = (Client, Topic, AskedOffset);
        await ExplainAsync();
    }

    private async Task Ask()
    {
        if (string.IsNullOrEmpty(_client) || string.IsNullOrEmpty(_topic))
        {
            return;
        }

        if (_asked == (_client, _topic, _offset))
        {
            await ExplainAsync(); // the same once more: the answer may be another by now
            return;
        }

        Addresses.NavigateTo(Addresses.GetUriWithQueryParameters(new Dictionary<string, object?> { ["client"] = _client, ["topic"] = _topic, ["offset"] = _offset }));
    }

    private async Task ExplainAsync()
    {
        _report = null;
        _failure = null;
        if (string.IsNullOrEmpty(Client) || string.IsNullOrEmpty(Topic))
        {
            return;
        }

        _isBusy = true;
        try
        {
            _report = await Broker.Admin.Deliveries.ExplainAsync(Caller, Client, Topic, AskedOffset, Gone);
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

    // A step that the texts do not know yet is shown by its own name.
    private string StepName(DeliveryStep step) => S["Step." + step.Name] is { ResourceNotFound: false } text ? text.Value : step.Name;

    private static string Class(DeliveryVerdict verdict) => verdict switch
    {
        DeliveryVerdict.Yes => "st-step-yes",
        DeliveryVerdict.No => "st-step-no",
        _ => "st-step-open",
    };

    private static string Icon(DeliveryVerdict verdict) => verdict switch
    {
        DeliveryVerdict.Yes => Icons.Material.Filled.CheckCircle,
        DeliveryVerdict.No => Icons.Material.Filled.Cancel,
        _ => Icons.Material.Outlined.Help,
    };
}
