using Microsoft.AspNetCore.Components;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Portal.Traffic.Topics;

/// <summary>What is known of a topic, live: rates, the last value, what is retained, who subscribes.</summary>
public sealed partial class TopicDetail
{
    private const int ShownSubscribers = 25;

    private TopicItem? _item;
    private MessageItem? _retained;
    private Page<SubscriptionItem>? _subscribers;
    private bool _isLoaded;

    /// <summary>The topic.</summary>
    [Parameter, EditorRequired]
    public required string Topic { get; set; }

    /// <summary>Is told when nobody wants to see it any more.</summary>
    [Parameter]
    public EventCallback OnClose { get; set; }

    // What else is interesting about a level is below it.
    private string WithBelow => _item is { ChildCount: > 0 } ? $"{Topic}/#" : Topic;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync(), every: 2);
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        _item = await OrNothingAsync(() => Broker.Admin.Topics.GetAsync(Caller, Topic, Gone));
        _retained = User.May(AdminArea.Retained, AdminAccess.Read) ? await OrNothingAsync(() => Task.FromResult(Broker.Admin.Retained.Get(Caller, Topic))) : null;
        _subscribers = User.May(AdminArea.Sessions, AdminAccess.Read)
            ? await OrNothingAsync(() => Task.FromResult(Broker.Admin.Subscriptions.List(Caller, new SubscriptionQuery { Topic = Topic }, null, ShownSubscribers)))
            : null;
        _isLoaded = true;
    }

    // A topic that has fallen silent, or has nothing retained, is no failure of the page.
    private static async Task<T?> OrNothingAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (AdminException)
        {
            return null;
        }
    }
}
