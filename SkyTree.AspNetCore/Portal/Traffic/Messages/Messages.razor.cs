using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Fields;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Stored messages: found, compared, downloaded, published again.</summary>
public sealed partial class Messages
{
    private KeysetGrid<MessageItem>? _grid;
    private IReadOnlyList<Choice> _qos = [];
    private IReadOnlyList<Choice> _orders = [];

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private Browser Browser { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    [SupplyParameterFromQuery(Name = "publisher")]
    private string? Publisher { get; set; }

    [SupplyParameterFromQuery(Name = "qos")]
    private string? QoS { get; set; }

    [SupplyParameterFromQuery(Name = "contains")]
    private string? Contains { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    [SupplyParameterFromQuery(Name = "offset")]
    private string? Offset { get; set; }

    [SupplyParameterFromQuery(Name = "order")]
    private string? Order { get; set; }

    [SupplyParameterFromQuery(Name = "span")]
    private string? Span { get; set; }

    private MessageSearch Search => new(Filter, Publisher, QoS, Contains, From, To, Offset, Order);

    private bool MayPublish => User.May(AdminArea.Publish, AdminAccess.Write);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _qos = [new("", L["Any"]), new("0", "0"), new("1", "1"), new("2", "2")];
        _orders = [new("", L["Messages.Newest"]), new("oldest", L["Messages.Oldest"])];
    }

    private async ValueTask<Page<MessageItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield(); // the list knows its columns once it has been drawn
        return await Broker.Admin.Messages.ListAsync(Caller, Search.ToQuery(), request.After, request.Limit, cancellationToken);
    }

    private string PublisherOf(MessageItem item) => item.PublisherId.Length == 0 ? L["Facts.Broker"] : item.PublisherId;

    private void Set(string name, string? value) => SetQuery(new Dictionary<string, object?> { [name] = value });

    private void SetMoment(string name, string? typed) => Set(name, MomentText.Parse(typed) is { } at ? MomentText.Address(at) : null);

    private void ShowRange((DateTimeOffset From, DateTimeOffset To)? range) => SetQuery(new Dictionary<string, object?>
    {
        ["from"] = range is { } begin ? MomentText.Address(begin.From) : null,
        ["to"] = range is { } end ? MomentText.Address(end.To) : null,
    });

    private void Clear() => SetQuery(MessageSearch.Names.ToDictionary(name => name, _ => (object?)null));

    private async Task RepublishAsync(IReadOnlyList<MessageItem> items)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["Messages.RepublishTitle"],
            Text = L["Messages.RepublishText"],
            Action = L["Messages.Republish"],
            Count = items.Count,
            Details = [.. items.OrderBy(item => item.Offset).Select(item => $"{Format.Number(item.Offset)}  {item.Topic}")],
            IsDestructive = false,
            Act = async () =>
            {
                foreach (MessageItem item in items.OrderBy(item => item.Offset))
                {
                    await Broker.Admin.Messages.RepublishAsync(Caller, item.Offset, cancellationToken: Gone);
                }
            },
        });
        if (done && _grid is { } grid)
        {
            Snackbar.Add(L["Messages.Republished", Format.Number(items.Count)], Severity.Success);
            grid.ClearSelection();
            await grid.ReloadAsync();
        }
    }

    // The list has only the beginnings of payloads.
    private Task<bool> DownloadAsync(IReadOnlyList<MessageItem> items) => TryAsync(async () =>
    {
        using var file = new MemoryStream();
        foreach (MessageItem item in items.OrderBy(item => item.Offset))
        {
            MessageLines.Write(file, await Broker.Admin.Messages.GetAsync(Caller, item.Offset, Gone));
        }

        file.Position = 0;
        await Browser.DownloadAsync(string.Create(CultureInfo.InvariantCulture, $"messages-{items.Min(item => item.Offset)}.jsonl"), "application/jsonl", file);
    });
}
