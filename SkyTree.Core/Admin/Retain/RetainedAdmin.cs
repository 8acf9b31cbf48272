using System.Globalization;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Retain;

/// <summary>Retained messages. Every node has all of them.</summary>
public sealed class RetainedAdmin
{
    private const int MostWork = 50_000; // topics that are looked at for one page
    private const int ClearBatch = 1000;
    private const long MostPayloads = 8 * 1024 * 1024; // of a page, in bytes

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(150); // the same in time

    private readonly AdminParts _parts;
    private readonly PublishAdmin _publish;

    internal RetainedAdmin(AdminParts parts, PublishAdmin publish)
    {
        _parts = parts;
        _publish = publish;
    }

    /// <summary>How many there are.</summary>
    /// <param name="caller">Who asks.</param>
    public int Count(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Retained, AdminAccess.Read);
        return _parts.State.Retained.Count;
    }

    /// <summary>Lists retained messages in the order of their topics.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">A topic filter that the topics match; null: all but those that begin with <c>$</c>.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="payloadLimit">So many bytes of each payload at most.</param>
    /// <returns>The page; it may have fewer items than there are, and its cursor goes on.</returns>
    /// <exception cref="AdminException">The caller may not, or the filter, limit or cursor makes no sense.</exception>
    public Page<MessageItem> List(Caller caller, string? filter, string? cursor, int limit, int payloadLimit = 1024)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Retained, AdminAccess.Read);
        Paging.RequireLimit(limit);
        string? after = Paging.Decode(cursor, 1)?[0];
        List<StoredMessage> found = Find(RequireFilter(filter), ref after, limit, out bool isEnd);
        return new Page<MessageItem>([.. found.Select(message => MessageItem.Of(message, Math.Max(0, payloadLimit)))], isEnd ? null : Paging.Encode(after!));
    }

    /// <summary>A topic's retained message with its whole payload.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="topic">The topic name.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public MessageItem Get(Caller caller, string topic)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Retained, AdminAccess.Read);
        return _parts.State.Retained.Get(topic ?? "") is { } message && !(message.ExpiresAtMs <= _parts.Context.NowMs)
            ? MessageItem.Of(message)
            : throw NotFound(topic ?? "");
    }

    /// <summary>Sets a topic's retained message, by publishing it: subscribers get it like any other.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="message">The message; its payload is not empty.</param>
    /// <exception cref="AdminException">The caller may not, the message makes no sense, or it was refused.</exception>
    public async Task<PublishResult> SetAsync(Caller caller, PublishRequest message)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(message);
        caller.Require(AdminArea.Retained, AdminAccess.Write);
        if (message.Payload.IsEmpty)
        {
            throw AdminMistakes.Invalid("payload", "empty_payload", "A retained message has a payload; an empty one would remove it.");
        }

        PublishResult result = await _publish.PublishAsync(message with { Retain = true }).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(caller, "retained.set", message.Topic, after: string.Create(CultureInfo.InvariantCulture, $"{message.Payload.Length} bytes")).ConfigureAwait(false);
        return result;
    }

    /// <summary>Removes a topic's retained message. Subscribers are told nothing.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="topic">The topic name.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task DeleteAsync(Caller caller, string topic)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Retained, AdminAccess.Write);
        if (await _parts.ProposeAsync(new ClearRetained([topic ?? ""])).ConfigureAwait(false) == 0)
        {
            throw NotFound(topic ?? "");
        }

        await _parts.Audit.NoteAsync(caller, "retained.delete", topic!).ConfigureAwait(false);
    }

    /// <summary>Removes the retained messages whose topics match a filter. Subscribers are told nothing.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="dryRun">Whether they are only counted.</param>
    /// <param name="cancellationToken">Stops; what was removed stays so.</param>
    /// <exception cref="AdminException">The caller may not, or the filter makes no sense.</exception>
    public async Task<BulkResult> ClearAsync(Caller caller, string filter, bool dryRun, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Retained, AdminAccess.Write);
        TopicFilter parsed = AdminMistakes.RequireFilter("filter", filter);
        long matched = 0;
        long done = 0;
        string? after = null;
        bool isEnd;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<StoredMessage> found = Find(parsed, ref after, ClearBatch, out isEnd, payloads: false);
            matched += found.Count;
            if (!dryRun && found.Count > 0)
            {
                done += await _parts.ProposeAsync(new ClearRetained([.. found.Select(message => message.Topic)])).ConfigureAwait(false);
            }

            await Task.Yield();
        }
        while (!isEnd);

        if (done > 0)
        {
            await _parts.Audit.NoteAsync(caller, "retained.clear", filter, string.Create(CultureInfo.InvariantCulture, $"{done} messages")).ConfigureAwait(false);
        }

        return new BulkResult(matched, done, dryRun);
    }

    private static TopicFilter RequireFilter(string? filter)
    {
        TopicFilter parsed = AdminMistakes.RequireFilter("filter", string.IsNullOrEmpty(filter) ? "#" : filter);
        return parsed.IsShared ? throw AdminMistakes.Invalid("filter", "bad_filter", "A shared filter matches no retained messages.") : parsed;
    }

    private List<StoredMessage> Find(TopicFilter filter, ref string? after, int limit, out bool isEnd, bool payloads = true)
    {
        long nowMs = _parts.Context.NowMs;
        string literal = TopicFilters.LiteralPrefix(filter.Filter);
        bool orAt = false;
        if (after is null || string.CompareOrdinal(after, literal) < 0)
        {
            (after, orAt) = (literal.Length == 0 ? null : literal, true);
        }

        var found = new List<StoredMessage>();
        long bytes = 0;
        int work = 0;
        long started = _parts.Context.Time.GetTimestamp();
        while (true)
        {
            List<StoredMessage> chunk = _parts.State.Retained.Take(after, orAt, 1000);
            orAt = false;
            foreach (StoredMessage message in chunk)
            {
                if (!message.Topic.StartsWith(literal, StringComparison.Ordinal))
                {
                    isEnd = true;
                    return found;
                }

                if (found.Count == limit || (payloads && bytes > MostPayloads))
                {
                    isEnd = false;
                    return found;
                }

                after = message.Topic;
                if (!(message.ExpiresAtMs <= nowMs) && TopicFilter.Matches(filter.Filter, message.Topic))
                {
                    found.Add(message);
                    bytes += message.Size;
                }
            }

            work += chunk.Count;
            if (chunk.Count < 1000 || work >= MostWork || _parts.Context.Time.GetElapsedTime(started) > s_patience)
            {
                isEnd = chunk.Count < 1000;
                return found;
            }
        }
    }

    private static AdminException NotFound(string topic) => new(AdminError.NotFound, "retained_not_found", $"There is no retained message of topic '{topic}'.");
}
