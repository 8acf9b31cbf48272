using System.Globalization;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Sessions;

/// <content>What is in flight to a session's client, and what waits.</content>
public sealed partial class SessionAdmin
{
    private const int LargestQueuePage = 100; // messages with their payloads
    private const long MostPayloads = 4 * 1024 * 1024; // of a page, in bytes
    private const int PageOfLog = 256;
    private const int MostLogPages = 40; // read for one page of the list

    /// <summary>The messages in flight to a client, in the order of sending.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 100.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is no such session, or its node is away.</exception>
    public async Task<Page<InflightMessage>> ListInflightAsync(Caller caller, string clientId, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        Paging.RequireLimit(limit, LargestQueuePage);
        Session session = Find(clientId);
        return session.Node == _parts.State.Node || !session.IsConnected
            ? ListInflightHere(clientId, cursor, limit)
            : await AskNodeAsync<InflightQuestion, Page<InflightMessage>>(session.Node, "sessions.inflight", new InflightQuestion(clientId, cursor, limit), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The messages that wait for a session: retained ones of new subscriptions, those in memory, and those of the log that it
    /// has not read. Which of those of the log it will get is judged as its subscriptions stand now.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 100.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is no such session, or its node or the store is away.</exception>
    public async Task<Page<QueuedMessage>> ListQueuedAsync(Caller caller, string clientId, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        Paging.RequireLimit(limit, LargestQueuePage);
        Session session = Find(clientId);
        return session.Node == _parts.State.Node || !session.IsConnected
            ? await ListQueuedHereAsync(clientId, cursor, limit, cancellationToken).ConfigureAwait(false)
            : await AskNodeAsync<InflightQuestion, Page<QueuedMessage>>(session.Node, "sessions.queued", new InflightQuestion(clientId, cursor, limit), cancellationToken).ConfigureAwait(false);
    }

    private Page<InflightMessage> ListInflightHere(string clientId, string? cursor, int limit)
    {
        int skip = (int)Math.Clamp(Paging.DecodeNumber(cursor) ?? 0, 0, int.MaxValue);
        List<(ushort PacketId, InflightEntry Entry)> all = Find(clientId).Queue.ListInflight();
        var items = new List<InflightMessage>();
        long bytes = 0;
        foreach ((ushort packetId, InflightEntry entry) in all.Skip(skip).Take(limit))
        {
            items.Add(new InflightMessage(
                packetId,
                entry.QoS,
                entry.State switch { InflightState.Released => InflightStage.Released, InflightState.Committing => InflightStage.Committing, _ => InflightStage.Published },
                entry.Sent,
                entry.Offset,
                entry.Subscription?.Group?.Filter.Text,
                entry.Message is null ? null : MessageItem.Of(entry.Message)));
            if ((bytes += entry.Message?.Size ?? 0) > MostPayloads)
            {
                break;
            }
        }

        return new Page<InflightMessage>(items, skip + items.Count < all.Count ? Paging.Encode(skip + items.Count) : null);
    }

    private async Task<Page<QueuedMessage>> ListQueuedHereAsync(string clientId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        Session session = Find(clientId);
        string[]? at = Paging.Decode(cursor, 2);
        if (at is not null && (at[0] is not ("memory" or "log") || !long.TryParse(at[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw Paging.BadCursor();
        }

        long place = at is null ? 0 : long.Parse(at[1], CultureInfo.InvariantCulture);
        var items = new List<QueuedMessage>();
        long bytes = 0;
        if (at is null || at[0] == "memory")
        {
            foreach ((StoredMessage message, Subscription subscription) in session.Queue.ListWaiting((int)Math.Min(place, int.MaxValue), limit + 1))
            {
                if (items.Count == limit || bytes > MostPayloads)
                {
                    return new Page<QueuedMessage>(items, Paging.Encode("memory", (place + items.Count).ToString(CultureInfo.InvariantCulture)));
                }

                items.Add(Describe(message, subscription));
                bytes += message.Size;
            }

            place = 0;
        }

        if (!session.IsDurable)
        {
            return new Page<QueuedMessage>(items, null);
        }

        long after = Math.Max(place, session.Queue.Describe().Position);
        for (int pages = 0; pages < MostLogPages; pages++)
        {
            LogPage page = await ReadLogAsync(after, session, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.QoS > 0 && !session.HasHandled(message.Offset) && session.Losses?.Offsets?.Contains(message.Offset) != true && session.Resolve(message) is { } subscription)
                {
                    if (items.Count == limit || bytes > MostPayloads)
                    {
                        return new Page<QueuedMessage>(items, LogCursor(message.Offset - 1));
                    }

                    items.Add(Describe(message, subscription));
                    bytes += message.Size;
                }
            }

            if (page.Next == after)
            {
                return new Page<QueuedMessage>(items, null);
            }

            after = page.Next;
        }

        return new Page<QueuedMessage>(items, LogCursor(after));
    }

    private static string LogCursor(long after) => Paging.Encode("log", after.ToString(CultureInfo.InvariantCulture));

    private static QueuedMessage Describe(StoredMessage message, Subscription subscription) =>
        new(subscription.Filter.Text ?? "", (QoS)Math.Min(message.QoS, (byte)subscription.QoS), MessageItem.Of(message));

    private async ValueTask<LogPage> ReadLogAsync(long after, Session session, CancellationToken cancellationToken)
    {
        try
        {
            return await _parts.Store.ReadLogAsync(after, session.MatchesAny, PageOfLog, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw AdminMistakes.StoreAway(exception);
        }
    }

    internal sealed record InflightQuestion(string ClientId, string? Cursor, int Limit);
}

/// <summary>How far a message in flight has come.</summary>
public enum InflightStage
{
    /// <summary>PUBLISH was sent and is not acknowledged.</summary>
    Published,

    /// <summary>QoS 2: that it is being sent is on its way to the disk.</summary>
    Committing,

    /// <summary>QoS 2: PUBREC came, PUBREL was sent.</summary>
    Released,
}

/// <summary>A message in flight to a client.</summary>
/// <param name="PacketId">The packet identifier.</param>
/// <param name="QoS">The QoS it is sent with.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="Sent">Whether it has been sent at all.</param>
/// <param name="Offset">Its offset in the log; 0: not from the log.</param>
/// <param name="Group">The shared group that it is sent for, or null.</param>
/// <param name="Message">The message; null: it is not kept, as for transient sessions, or the client has it already.</param>
public sealed record InflightMessage(int PacketId, QoS QoS, InflightStage Stage, bool Sent, long Offset, string? Group, MessageItem? Message);

/// <summary>A message that waits for a session.</summary>
/// <param name="Filter">The subscription that it is sent for.</param>
/// <param name="QoS">The QoS it will be sent with.</param>
/// <param name="Message">The message.</param>
public sealed record QueuedMessage(string Filter, QoS QoS, MessageItem Message);
