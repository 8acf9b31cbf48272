using System.Globalization;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Messages;

/// <summary>Stored messages. Every node has all of them, or reads them from the same database.</summary>
public sealed partial class MessageAdmin
{
    private const int PageOfLog = 256;
    private const int MostWork = 20_000; // messages that are looked at for one page
    private const long MostPayloads = 8 * 1024 * 1024; // of a page, in bytes

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2); // for one page

    private readonly AdminParts _parts;
    private readonly PublishAdmin _publish;

    internal MessageAdmin(AdminParts parts, PublishAdmin publish)
    {
        _parts = parts;
        _publish = publish;
        parts.Nodes.Answer<DeleteQuestion, bool>("messages.delete", async (question, cancellationToken) =>
        {
            await DeleteHereAsync(question.Topic, question.Offset, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <summary>Topics that have stored messages, in ordinal order.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">A filter that the topics match; null: all.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, the filter, limit or cursor makes no sense, or the store is away.</exception>
    public async Task<Page<TopicSummary>> ListTopicsAsync(Caller caller, string? filter, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        Paging.RequireLimit(limit);
        Func<string, bool>? matches = Matcher(filter);
        string? after = Paging.Decode(cursor, 1)?[0];
        IReadOnlyList<TopicSummary> topics = await ReadAsync(() => _parts.Store.ListTopicsAsync(matches, after, limit, cancellationToken)).ConfigureAwait(false);
        return new Page<TopicSummary>(topics, topics.Count < limit ? null : Paging.Encode(topics[^1].Topic));
    }

    /// <summary>Lists stored messages by offset.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="query">Which, and in what order; null: all, oldest first.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page; looking is bounded, so it may have fewer items than there are, and its cursor goes on.</returns>
    /// <exception cref="AdminException">The caller may not, the query, limit or cursor makes no sense, or the store is away.</exception>
    public async Task<Page<MessageItem>> ListAsync(Caller caller, MessageQuery? query, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        Paging.RequireLimit(limit);
        query ??= new MessageQuery();
        Func<string, bool>? matches = Matcher(query.Topic is null ? query.Filter : null);
        if (query.Topic is { } topic)
        {
            AdminMistakes.RequireTopic("topic", topic);
        }

        long? at = Paging.DecodeNumber(cursor);
        (long first, long last) = await FindRangeAsync(query, cancellationToken).ConfigureAwait(false);
        var scan = new Scan(query, limit, _parts.Context.Time);
        if (query.NewestFirst)
        {
            return await ListNewestAsync(scan, matches, first, Math.Min(last, at is { } above ? above - 1 : last), cancellationToken).ConfigureAwait(false);
        }

        long after = Math.Max(first - 1, at ?? 0);
        while (true)
        {
            LogPage page = await ReadPageAsync(query.Topic, matches, after, PageOfLog, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.Offset > last)
                {
                    return scan.End(null);
                }

                if (!scan.Add(message))
                {
                    return scan.End(message.Offset - 1);
                }
            }

            if (page.Next == after || page.Next >= last)
            {
                return scan.End(null);
            }

            after = page.Next;
            if (scan.IsTired)
            {
                return scan.End(after);
            }
        }
    }

    /// <summary>One stored message with its whole payload.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is none, or the store is away.</exception>
    public async Task<MessageItem> GetAsync(Caller caller, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        return MessageItem.Of(await FindAsync(offset, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Deletes a topic's stored messages up to and with an offset, whoever still waits for them. In a cluster every node
    /// deletes its own; one that is away is named, and keeps them.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="topic">The topic name.</param>
    /// <param name="offset">The last offset to delete; null: the topic's last.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many this node deleted.</returns>
    /// <exception cref="AdminException">The caller may not, the topic has none, or the store is away.</exception>
    public async Task<BulkResult> DeleteAsync(Caller caller, string topic, long? offset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Write);
        AdminMistakes.RequireTopic("topic", topic);
        MessageQueue queue = _parts.Store.GetQueue(topic);
        TopicSummary before = await ReadAsync(() => queue.GetSummaryAsync(cancellationToken)).ConfigureAwait(false);
        if (before.Count == 0)
        {
            throw new AdminException(AdminError.NotFound, "topic_not_found", $"Topic '{topic}' has no stored messages.");
        }

        long last = offset ?? before.LastOffset;
        await DeleteHereAsync(topic, last, cancellationToken).ConfigureAwait(false);
        (_, IReadOnlyList<Guid> away) = await _parts.Nodes.AskOthersAsync<DeleteQuestion, bool>("messages.delete", new DeleteQuestion(topic, last), cancellationToken).ConfigureAwait(false);
        TopicSummary after = await ReadAsync(() => queue.GetSummaryAsync(cancellationToken)).ConfigureAwait(false);
        long deleted = Math.Max(0, before.Count - after.Count);
        await _parts.Audit.NoteAsync(
            caller, "messages.delete", topic, string.Create(CultureInfo.InvariantCulture, $"{deleted} messages up to offset {last}")).ConfigureAwait(false);
        return new BulkResult(before.Count, deleted, DryRun: false) { Unavailable = away };
    }

    /// <summary>Publishes a stored message again, in the broker's name; it gets an offset of its own if it is stored again.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="topic">Another topic for it; null: the same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is none, the store is away, or it was refused.</exception>
    public async Task<PublishResult> RepublishAsync(Caller caller, long offset, string? topic = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        caller.Require(AdminArea.Publish, AdminAccess.Write);
        StoredMessage message = await FindAsync(offset, cancellationToken).ConfigureAwait(false);
        PublishResult result = await _publish.PublishAsync(new PublishRequest
        {
            Topic = topic ?? message.Topic,
            Payload = message.Payload,
            QoS = (QoS)message.QoS,
            Properties = MessageProperties.Read(message.Properties.Span),
        }).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(
            caller, "messages.republish", result.Topic, after: string.Create(CultureInfo.InvariantCulture, $"offset {offset}")).ConfigureAwait(false);
        return result;
    }

    private async ValueTask<StoredMessage> FindAsync(long offset, CancellationToken cancellationToken)
    {
        LogPage page = await ReadPageAsync(null, null, Math.Max(0, offset - 1), 1, cancellationToken).ConfigureAwait(false);
        return page.Messages is [{ } message] && message.Offset == offset
            ? message
            : throw new AdminException(AdminError.NotFound, "message_not_found", string.Create(CultureInfo.InvariantCulture, $"There is no stored message at offset {offset}."));
    }

    private async ValueTask DeleteHereAsync(string topic, long offset, CancellationToken cancellationToken) =>
        await ReadAsync(async () =>
        {
            await _parts.Store.GetQueue(topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
            (_parts.Store as TailedMessageStore)?.Forget(topic, offset);
            return true;
        }).ConfigureAwait(false);

    internal sealed record DeleteQuestion(string Topic, long Offset);
}
