using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Topics that have stored messages.</summary>
public sealed partial class StoredTopics
{
    private const long Many = 100; // what more than so many are deleted is typed first

    private KeysetGrid<TopicSummary>? _grid;
    private IReadOnlyList<Crumb> _crumbs = [];

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => _crumbs = [new Crumb(L["Messages.Title"], "messages")];

    private async ValueTask<Page<TopicSummary>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield(); // the list knows its columns once it has been drawn
        return await Broker.Admin.Messages.ListTopicsAsync(Caller, Filter, request.After, request.Limit, cancellationToken);
    }

    private async Task DeleteAsync(TopicSummary topic)
    {
        BulkResult? result = null;
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = L["StoredTopics.DeleteTitle"],
            Text = L["StoredTopics.DeleteText", Format.Number(topic.LastOffset)],
            Action = L["Delete"],
            Count = topic.Count,
            Details = [topic.Topic],
            TypeToConfirm = topic.Count > Many ? topic.Topic : null,
            Act = async () => result = await Broker.Admin.Messages.DeleteAsync(Caller, topic.Topic, topic.LastOffset, Gone),
        });
        if (done && result is not null)
        {
            Snackbar.Add(L["StoredTopics.Deleted", Format.Number(result.Done)], Severity.Success);
            if (result.Unavailable.Count > 0)
            {
                Snackbar.Add(L["StoredTopics.Away", Format.Number(result.Unavailable.Count)], Severity.Warning);
            }

            await (_grid?.ReloadAsync() ?? Task.CompletedTask);
        }
    }
}
