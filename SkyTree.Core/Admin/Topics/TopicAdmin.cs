using System.Text;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Topics;

/// <summary>
/// The tree of topics that carry messages, as they are seen since each node has started: how many, how fast, the last value.
/// A node sees what is published on it; the tree is that of all nodes that answer.
/// </summary>
public sealed class TopicAdmin
{
    /// <summary>So many levels each node keeps.</summary>
    public const int MaximumLevels = 50_000;

    private readonly AdminParts _parts;
    private readonly TopicTree _tree = new(MaximumLevels);

    internal TopicAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<ChildrenQuestion, IReadOnlyList<TopicItem>>("topics.children", (q, _) => new(Children(q)));
        parts.Nodes.Answer<ChildrenQuestion, IReadOnlyList<TopicItem>>("topics.search", (q, _) => new(Search(q)));
        parts.Nodes.Answer<TopicQuestion, TopicItem?>("topics.get", (q, _) => new(Get(q.Topic)));
    }

    /// <summary>The levels below a topic, in ordinal order.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="parent">The topic; null: the first levels.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the limit or cursor makes no sense.</exception>
    public async Task<Page<TopicItem>> ListAsync(Caller caller, string? parent, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Topics, AdminAccess.Read);
        Paging.RequireLimit(limit);
        var question = new ChildrenQuestion(parent, Paging.Decode(cursor, 1)?[0], limit + 1);
        (IReadOnlyList<TopicItem> all, IReadOnlyList<Guid> away) = await MergeAsync("topics.children", question, Children(question), cancellationToken).ConfigureAwait(false);
        return new Page<TopicItem>([.. all.Take(limit).Select(Complete)], all.Count > limit ? Paging.Encode(all[limit - 1].Level) : null) { Unavailable = away };
    }

    /// <summary>Topics that carry messages and contain a text, in upper or lower case; in ordinal order.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="text">The text, not empty.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the text, limit or cursor makes no sense.</exception>
    public async Task<Page<TopicItem>> SearchAsync(Caller caller, string text, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Topics, AdminAccess.Read);
        Paging.RequireLimit(limit);
        if (string.IsNullOrEmpty(text))
        {
            throw AdminMistakes.Invalid("text", "text_required", "Say what to search for.");
        }

        var question = new ChildrenQuestion(text, Paging.Decode(cursor, 1)?[0], limit + 1);
        (IReadOnlyList<TopicItem> all, IReadOnlyList<Guid> away) = await MergeAsync("topics.search", question, Search(question), cancellationToken).ConfigureAwait(false);
        return new Page<TopicItem>([.. all.Take(limit).Select(Complete)], all.Count > limit ? Paging.Encode(all[limit - 1].Topic) : null) { Unavailable = away };
    }

    /// <summary>One topic or level.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or no message was seen there.</exception>
    public async Task<TopicItem> GetAsync(Caller caller, string topic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Topics, AdminAccess.Read);
        AdminMistakes.RequireTopic("topic", topic);
        (IReadOnlyList<(Guid Node, TopicItem? Answer)> answers, _) =
            await _parts.Nodes.AskOthersAsync<TopicQuestion, TopicItem?>("topics.get", new TopicQuestion(topic), cancellationToken).ConfigureAwait(false);
        List<TopicItem> found = [.. answers.Select(answer => answer.Answer).Prepend(Get(topic)).OfType<TopicItem>()];
        return found.Count > 0 ? Complete(Merge(found)) : throw new AdminException(AdminError.NotFound, "topic_not_found", $"No message to '{topic}' or below it was seen of late.");
    }

    /// <summary>Takes over what publishers have counted. Called every second, and by whoever asks: a message that was acknowledged is in the answer.</summary>
    internal void Collect() => _tree.Collect(_parts.State.Index, _parts.Context.NowMs);

    private List<TopicItem> Children(ChildrenQuestion question)
    {
        Collect();
        return _tree.Children(question.Parent, question.After, question.Limit, _parts.Context.NowMs);
    }

    private List<TopicItem> Search(ChildrenQuestion question)
    {
        Collect();
        return _tree.Search(question.Parent!, question.After, question.Limit, _parts.Context.NowMs);
    }

    private TopicItem? Get(string topic)
    {
        Collect();
        return _tree.Get(topic, _parts.Context.NowMs);
    }

    private async Task<(IReadOnlyList<TopicItem> Items, IReadOnlyList<Guid> Away)> MergeAsync(string name, ChildrenQuestion question, List<TopicItem> here, CancellationToken cancellationToken)
    {
        (IReadOnlyList<(Guid Node, IReadOnlyList<TopicItem> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<ChildrenQuestion, IReadOnlyList<TopicItem>>(name, question, cancellationToken).ConfigureAwait(false);
        return (
            [
                .. here.Concat(answers.SelectMany(answer => answer.Answer))
                    .GroupBy(item => item.Topic, StringComparer.Ordinal)
                    .Select(Merge)
                    .OrderBy(item => item.Topic, StringComparer.Ordinal)
                    .Take(question.Limit),
            ],
            away);
    }

    private static TopicItem Merge(IEnumerable<TopicItem> items)
    {
        TopicItem[] all = [.. items];
        TopicItem latest = all.MaxBy(item => item.LastValueAt ?? DateTimeOffset.MinValue)!;
        return all.Length == 1 ? latest : latest with
        {
            ChildCount = all.Max(item => item.ChildCount), // at least: which they are is not compared
            CarriesMessages = all.Any(item => item.CarriesMessages),
            Messages = all.Sum(item => item.Messages),
            MessagesBelow = all.Sum(item => item.MessagesBelow),
            BytesBelow = all.Sum(item => item.BytesBelow),
            Rate = all.Sum(item => item.Rate),
            RatePerMinute = all.Sum(item => item.RatePerMinute),
            LastAt = all.Max(item => item.LastAt),
        };
    }

    private TopicItem Complete(TopicItem item)
    {
        Route route = _parts.State.Index.Match(Encoding.UTF8.GetBytes(item.Topic));
        return item with
        {
            IsRetained = _parts.State.Retained.Get(item.Topic) is not null,
            Subscribers = route.Subscriptions.Length + route.Groups.Length,
        };
    }

    internal sealed record ChildrenQuestion(string? Parent, string? After, int Limit);

    internal sealed record TopicQuestion(string Topic);
}

/// <summary>A topic, or a level of topics.</summary>
public sealed record TopicItem
{
    /// <summary>The whole topic up to this level.</summary>
    public required string Topic { get; init; }

    /// <summary>The level's own name.</summary>
    public required string Level { get; init; }

    /// <summary>Levels right below it.</summary>
    public int ChildCount { get; init; }

    /// <summary>Whether messages to exactly this topic were seen.</summary>
    public bool CarriesMessages { get; init; }

    /// <summary>Messages to exactly this topic.</summary>
    public long Messages { get; init; }

    /// <summary>Messages to this topic and all below it.</summary>
    public long MessagesBelow { get; init; }

    /// <summary>The bytes of their payloads.</summary>
    public long BytesBelow { get; init; }

    /// <summary>Messages per second to this topic and all below it, over about the last 10 seconds.</summary>
    public double Rate { get; init; }

    /// <summary>Messages per minute to this topic and all below it, over about the last minute.</summary>
    public double RatePerMinute { get; init; }

    /// <summary>When the last of them was seen, to a second.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>
    /// The first 128 bytes of a payload to exactly this topic: of the last one, or, where more than eight came within a second, of
    /// one of the first of that second. Null: none is known.
    /// </summary>
    public ReadOnlyMemory<byte>? LastValue { get; init; }

    /// <summary>The whole payload's length.</summary>
    public int LastValueBytes { get; init; }

    /// <summary>When that payload came.</summary>
    public DateTimeOffset? LastValueAt { get; init; }

    /// <summary>Whether the topic has a retained message.</summary>
    public bool IsRetained { get; init; }

    /// <summary>Subscriptions that a message to the topic would be sent for; a shared group counts once.</summary>
    public int Subscribers { get; init; }
}
