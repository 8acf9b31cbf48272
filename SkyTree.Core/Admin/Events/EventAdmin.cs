using System.Globalization;
using System.Runtime.CompilerServices;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Admin.Events;

/// <summary>What happens on this node, as it happens. In a cluster each node tells its own, and ids say whose they are.</summary>
public sealed class EventAdmin
{
    private const int PayloadBytes = 4096;

    private readonly AdminParts _parts;

    internal EventAdmin(AdminParts parts)
    {
        _parts = parts;
        EventFeed feed = parts.Context.Events;
        parts.Nodes.Answer<HistoryQuestion, IReadOnlyList<BrokerEvent>>("events.client", (question, _) => new(HistoryHere(question.ClientId, question.Limit)));
        parts.Context.Drops.Details.Noted = note => feed.Add(EventKind.Dropped, note.Key.ClientId, note.Key.Topic, note.Key);
    }

    /// <summary>
    /// Events as they come. Who reads too slowly misses some and gets a <see cref="EventKind.Gap"/> in their place; nobody
    /// waits for a reader. Messages that a filter matches are told by the node where they are published, and cannot be resumed.
    /// </summary>
    /// <param name="caller">Who asks. Messages need the right to see messages, too.</param>
    /// <param name="query">Which; null: all but messages.</param>
    /// <param name="after">The id of the last event that the caller has; null: only what happens from now on. One of another node, or too old, begins with a gap.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AdminException">The caller may not, or the query or id makes no sense.</exception>
    public IAsyncEnumerable<BrokerEvent> ReadAsync(Caller caller, EventQuery? query, string? after, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        query ??= new EventQuery();
        string? filter = null;
        if (query.MessageFilter is { } text)
        {
            caller.Require(AdminArea.Messages, AdminAccess.Read);
            filter = AdminMistakes.RequireFilter("messageFilter", text).Filter;
        }

        (long? id, bool gap) = ParseId(after);
        var reader = new EventReader(query.Kinds is { Count: > 0 } kinds ? kinds.ToHashSet() : null, query.ClientId, filter);
        if (gap)
        {
            reader.Lose();
        }

        _parts.Context.Events.Attach(reader, gap ? 0 : id); // now, so that nothing is missed before the first is asked for
        return ReadAsync(reader, cancellationToken);
    }

    /// <summary>What has happened to a client, as far back as each node remembers, the latest first.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events of all nodes; it has no further page, since nodes keep no more than a few thousand events.</returns>
    /// <exception cref="AdminException">The caller may not, or the limit makes no sense.</exception>
    public async Task<Page<BrokerEvent>> HistoryAsync(Caller caller, string clientId, int limit = 500, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        Paging.RequireLimit(limit);
        (IReadOnlyList<(Guid Node, IReadOnlyList<BrokerEvent> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<HistoryQuestion, IReadOnlyList<BrokerEvent>>("events.client", new HistoryQuestion(clientId, limit), cancellationToken).ConfigureAwait(false);
        IEnumerable<BrokerEvent> all = HistoryHere(clientId, limit).Concat(answers.SelectMany(answer => answer.Answer));
        return new Page<BrokerEvent>([.. all.OrderByDescending(happened => happened.At).Take(limit)], null) { Unavailable = away };
    }

    /// <summary>The id of the latest event of this node, to go on from.</summary>
    /// <param name="caller">Who asks.</param>
    public string LastId(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        return Id(_parts.Context.Events.LastId);
    }

    private async IAsyncEnumerable<BrokerEvent> ReadAsync(EventReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (reader)
        {
            await foreach (FeedEvent happened in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return Describe(happened);
            }
        }
    }

    private IReadOnlyList<BrokerEvent> HistoryHere(string clientId, int limit) => [.. _parts.Context.Events.Latest(clientId, limit).Select(Describe)];

    private BrokerEvent Describe(FeedEvent happened) => new()
    {
        Id = Id(happened.Id),
        Node = _parts.State.Node,
        At = AdminTime.From(happened.Kind == EventKind.Gap ? _parts.Context.NowMs : happened.AtMs)!.Value,
        Kind = happened.Kind,
        Subject = happened.Subject,
        Text = happened.Text,
        Reason = happened.Drop?.Reason,
        Message = happened.Message is { } message ? MessageItem.Of(message, PayloadBytes) : null,
    };

    private string Id(long number) => string.Create(CultureInfo.InvariantCulture, $"{_parts.State.Node:N}-{number}");

    private (long? Id, bool Gap) ParseId(string? after)
    {
        if (string.IsNullOrEmpty(after))
        {
            return (null, false);
        }

        int dash = after.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !Guid.TryParseExact(after[..dash], "N", out Guid node) || !long.TryParse(after.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            throw AdminMistakes.Invalid("after", "bad_event_id", "This is not the id of an event.");
        }

        return (number, node != _parts.State.Node);
    }

    internal sealed record HistoryQuestion(string ClientId, int Limit);
}

/// <summary>Which events are meant.</summary>
public sealed record EventQuery
{
    /// <summary>Of these kinds; null or empty: of all.</summary>
    public IReadOnlyList<EventKind>? Kinds { get; init; }

    /// <summary>About this client only; of messages: that it has published.</summary>
    public string? ClientId { get; init; }

    /// <summary>Messages whose topics match, too; null: none.</summary>
    public string? MessageFilter { get; init; }
}

/// <summary>Something that has happened.</summary>
public sealed record BrokerEvent
{
    /// <summary>Its id, which names the node; later ones of the same node are higher.</summary>
    public required string Id { get; init; }

    /// <summary>The node; empty: the broker is one process.</summary>
    public Guid Node { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What.</summary>
    public EventKind Kind { get; init; }

    /// <summary>To whom: a client identifier, a node; of a message its publisher.</summary>
    public string Subject { get; init; } = "";

    /// <summary>For people; of a drop and a message the topic.</summary>
    public string Text { get; init; } = "";

    /// <summary>Why a message was dropped; null: none was.</summary>
    public DropReason? Reason { get; init; }

    /// <summary>The message with the first 4,096 bytes of its payload; null: it is about none.</summary>
    public MessageItem? Message { get; init; }
}
