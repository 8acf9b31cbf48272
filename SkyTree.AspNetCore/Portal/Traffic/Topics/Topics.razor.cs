using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Portal.Traffic.Topics;

/// <summary>The tree of topics that carry messages, live, and what is known of one of them.</summary>
public sealed partial class Topics
{
    private TopicBranches _tree = new((_, _, _) => Task.FromResult(new Page<TopicItem>([], null)));
    private string? _revealed;
    private string? _failure;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Selected { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _tree = new TopicBranches((parent, limit, cancellationToken) => Broker.Admin.Topics.ListAsync(Caller, parent, null, limit, cancellationToken));
        OnPulse(_ => string.IsNullOrEmpty(Search) ? RefreshAsync() : Task.CompletedTask, every: 2);
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (string.IsNullOrEmpty(Search) && (!_tree.IsLoaded || Selected != _revealed))
        {
            _revealed = Selected;
            await GuardAsync(() => Selected is { } topic ? _tree.RevealAsync(topic, Gone) : _tree.RefreshAsync(Gone));
        }
    }

    private static string RateOf(TopicItem item) =>
        item.Rate >= 0.05 ? Format.Rate(item.Rate) : item.RatePerMinute >= 0.05 ? Format.Compact(item.RatePerMinute) + "/min" : "–";

    private string NameOf(TopicItem item) => item.Level.Length == 0 ? L["Topics.EmptyLevel"] : item.Level;

    private string AddressOf(TopicItem item) => Addresses.GetUriWithQueryParameter("topic", item.Topic);

    private Task RefreshAsync() => GuardAsync(() => _tree.RefreshAsync(Gone));

    private Task ToggleAsync(TopicItem item)
    {
        if (_tree.IsOpen(item.Topic))
        {
            _tree.Close(item.Topic);
            return Task.CompletedTask;
        }

        return TryAsync(() => _tree.OpenAsync(item.Topic, Gone));
    }

    private async Task MoreAsync(string? parent)
    {
        bool more = true;
        await TryAsync(async () => more = await _tree.MoreAsync(parent, Gone));
        if (!more)
        {
            Snackbar.Add(L["Topics.TooMany"], Severity.Info);
        }
    }

    private async ValueTask<Page<TopicItem>> SearchAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield(); // the list knows its columns once it has been drawn
        return await Broker.Admin.Topics.SearchAsync(Caller, Search!, request.After, request.Limit, cancellationToken);
    }

    private async Task GuardAsync(Func<Task> fetch)
    {
        try
        {
            await fetch();
            _failure = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }
}
