using System.Globalization;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Drops;

/// <summary>Answers "why didn't I get it?": goes through each step of a delivery and says what became of it there.</summary>
public sealed class DeliveryAdmin
{
    private const int MostDrops = 5;

    private readonly AdminParts _parts;

    internal DeliveryAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<WhyQuestion, DeliveryReport>("why", (question, cancellationToken) => new(ExplainHereAsync(question, cancellationToken)));
    }

    /// <summary>Why a client did, or did not, get messages of a topic, or one stored message.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="topic">The topic name.</param>
    /// <param name="offset">The stored message; null: messages of the topic as they come now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The steps up to the one that decides; if that the client's node knows and it is away, what this node knows.</returns>
    /// <exception cref="AdminException">The caller may not, the topic makes no sense, or the store is away.</exception>
    public async Task<DeliveryReport> ExplainAsync(Caller caller, string clientId, string topic, long? offset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        AdminMistakes.RequireTopic("topic", topic);
        var question = new WhyQuestion(clientId ?? "", topic, offset);
        if (_parts.State.Sessions.Find(question.ClientId) is { IsConnected: true } session && session.Node != _parts.State.Node)
        {
            NodeAnswer<DeliveryReport> answer = await _parts.Nodes.AskAsync<WhyQuestion, DeliveryReport>(session.Node, "why", question, cancellationToken).ConfigureAwait(false);
            return answer.HasAnswered
                ? answer.Value
                : await ExplainHereAsync(question, cancellationToken).ConfigureAwait(false) with { Unavailable = [session.Node] };
        }

        return await ExplainHereAsync(question, cancellationToken).ConfigureAwait(false);
    }

    private async Task<DeliveryReport> ExplainHereAsync(WhyQuestion question, CancellationToken cancellationToken)
    {
        var steps = new List<DeliveryStep>();
        string conclusion = await ExplainAsync(question, steps, cancellationToken).ConfigureAwait(false);
        return new DeliveryReport(question.ClientId, question.Topic, question.Offset, conclusion, steps);
    }

    private async Task<string> ExplainAsync(WhyQuestion question, List<DeliveryStep> steps, CancellationToken cancellationToken)
    {
        if (_parts.State.Sessions.Find(question.ClientId) is not { } session)
        {
            steps.Add(new DeliveryStep("session", DeliveryVerdict.No, "There is no session of this client: it never connected, its session has ended or expired, or was transient."));
            return "There is no session to deliver to.";
        }

        steps.Add(new DeliveryStep("session", DeliveryVerdict.Yes, session.IsDurable ? "There is a durable session." : "There is a transient session: it lives as long as its connection."));
        Connection? connection = session.Queue.Connection;
        steps.Add(new DeliveryStep(
            "connected",
            session.IsConnected ? DeliveryVerdict.Yes : DeliveryVerdict.No,
            session.IsConnected ? "The client is connected." : "The client is not connected. QoS 0 is lost meanwhile; QoS 1 and 2 wait in the log if the session is durable."));

        List<Subscription> matching = [.. session.AllSubscriptions.Where(s => TopicFilter.Matches(s.Filter.Filter, question.Topic))];
        List<Subscription> standing = [.. session.Subscriptions.Where(s => TopicFilter.Matches(s.Filter.Filter, question.Topic))];
        if (matching.Count == 0)
        {
            steps.Add(new DeliveryStep("subscription", DeliveryVerdict.No, $"None of its {session.Subscriptions.Length} subscriptions matches the topic."));
            return "No subscription matches the topic.";
        }

        steps.Add(new DeliveryStep(
            "subscription",
            standing.Count > 0 ? DeliveryVerdict.Yes : DeliveryVerdict.No,
            standing.Count > 0
                ? "Matched by " + string.Join(", ", standing.Select(s => $"{s.Filter.Text} (QoS {(int)s.QoS})")) + "."
                : "Only subscriptions that were ended match: messages from before their end may still come."));
        if (connection?.Identity is { } identity)
        {
            List<string> denied = [.. standing.Where(s => !_parts.Services.Authorizer.MaySubscribe(identity, question.Topic, s.QoS, replay: false)).Select(s => s.Filter.Text)];
            steps.Add(new DeliveryStep(
                "access",
                denied.Count == 0 ? DeliveryVerdict.Yes : DeliveryVerdict.No,
                denied.Count == 0 ? "The client may read the topic." : $"The rules as they are now do not let it read the topic: what comes for {string.Join(", ", denied)} is dropped."));
        }

        if (standing.Exists(s => s.Group is not null) && standing.TrueForAll(s => s.Group is not null))
        {
            steps.Add(new DeliveryStep("shared", DeliveryVerdict.Unknown, "Only shared subscriptions match: each message goes to one member of the group, perhaps another."));
        }

        return question.Offset is { } offset
            ? await ExplainStoredAsync(session, matching, question.Topic, offset, steps, cancellationToken).ConfigureAwait(false)
            : ExplainNow(session, connection, question, standing, steps);
    }

    private string ExplainNow(Session session, Connection? connection, WhyQuestion question, List<Subscription> standing, List<DeliveryStep> steps)
    {
        QueueFacts queue = session.Queue.Describe();
        if (connection is not null)
        {
            bool full = queue.Window > 0 && queue.Inflight >= queue.Window;
            steps.Add(new DeliveryStep(
                "window",
                full ? DeliveryVerdict.No : DeliveryVerdict.Yes,
                Text($"{queue.Inflight} of {queue.Window} messages are in flight{(full ? ": nothing of QoS 1 and 2 is sent until the client acknowledges" : "")}.")));
            bool choked = !connection.Outbound.HasRoom;
            steps.Add(new DeliveryStep(
                "network",
                choked ? DeliveryVerdict.No : DeliveryVerdict.Yes,
                Text($"{connection.Outbound.PendingBytes} bytes wait for the network{(choked ? ": the client reads too slowly, and QoS 0 is dropped" : "")}.")));
        }

        if (session.IsDurable && standing.Exists(s => s.ReadsLog))
        {
            long lag = Math.Max(0, _parts.State.LastOffset - queue.Position);
            steps.Add(new DeliveryStep("log", DeliveryVerdict.Yes, Text($"It has read the log up to offset {queue.Position} of {_parts.State.LastOffset}; at most {lag} messages wait there.")));
        }

        List<DropNote> drops = _parts.Context.Drops.Details.ListLatest(
            note => note.Key.ClientId == question.ClientId && (note.Key.Topic.Length == 0 || note.Key.Topic == question.Topic), MostDrops);
        steps.Add(new DeliveryStep(
            "drops",
            drops.Count == 0 ? DeliveryVerdict.Yes : DeliveryVerdict.No,
            drops.Count == 0
                ? "None of the latest drops of this node were for this client and topic."
                : "Dropped lately: " + string.Join("; ", drops.Select(drop => Text($"{drop.Count} at {AdminTime.From(drop.AtMs):O}, {drop.Key.Reason}"))) + "."));
        DeliveryStep? blocking = steps.Find(step => step.Verdict == DeliveryVerdict.No);
        return blocking?.Text ?? "Nothing stands in the way: a message that is published now is sent at once.";
    }

    private async Task<string> ExplainStoredAsync(Session session, List<Subscription> matching, string topic, long offset, List<DeliveryStep> steps, CancellationToken cancellationToken)
    {
        StoredMessage? message = await FindAsync(offset, cancellationToken).ConfigureAwait(false);
        if (message is null)
        {
            steps.Add(new DeliveryStep("message", DeliveryVerdict.No, offset > _parts.State.LastOffset ? "No message has this offset yet." : "There is no message at this offset any more: all readers were past it, or it was deleted."));
            return session.IsDurable && offset <= session.Cursor ? "The session is past it: it was delivered, or was not for it." : "The message is not stored.";
        }

        if (message.Topic != topic)
        {
            steps.Add(new DeliveryStep("message", DeliveryVerdict.No, $"The message at this offset is of topic '{message.Topic}'."));
            return "The message is of another topic.";
        }

        steps.Add(new DeliveryStep("message", DeliveryVerdict.Yes, Text($"Stored at {AdminTime.From(message.TimestampMs):O}, QoS {message.QoS}, from '{message.PublisherId}'.")));
        if (message.QoS == 0)
        {
            steps.Add(new DeliveryStep("qos", DeliveryVerdict.No, "It was published with QoS 0 and is stored for a rule only: it went to who was connected at that moment."));
            return "It is of QoS 0: only who was connected then got it.";
        }

        if (!session.IsDurable)
        {
            steps.Add(new DeliveryStep("log", DeliveryVerdict.No, "A transient session does not read the log: it got the message from memory, if it was connected then."));
            return "The session is transient: it gets nothing that is stored.";
        }

        List<Subscription> then = matching.FindAll(s => offset > s.StartOffset && offset <= s.EndOffset);
        if (then.Count == 0 && matching.TrueForAll(s => s.Group is null))
        {
            steps.Add(new DeliveryStep("then", DeliveryVerdict.No, "No subscription that matches stood when the message was stored: it was made later, or ended before."));
            return "It was stored while no subscription matched.";
        }

        if (then.Count > 0 && then.TrueForAll(s => s.NoLocal) && message.PublisherId == session.ClientId)
        {
            steps.Add(new DeliveryStep("noLocal", DeliveryVerdict.No, "The client published it itself, and subscribed with No Local."));
            return "No Local: a client does not get its own messages.";
        }

        if (then.Count > 0 && then.TrueForAll(s => s.QoS == QoS.AtMostOnce))
        {
            steps.Add(new DeliveryStep("qos", DeliveryVerdict.No, "The subscriptions are of QoS 0: such messages go to who is connected, not through the log."));
            return "Subscribed with QoS 0: it was sent only if the client was connected then.";
        }

        if (session.Losses?.Latest.LastOrDefault(loss => offset > loss.From && offset <= loss.To) is { } loss)
        {
            steps.Add(new DeliveryStep("limit", DeliveryVerdict.No, Text($"Messages of this stretch of the log were dropped at {AdminTime.From(loss.AtMs):O}: {loss.Reason}.")));
            return "It was dropped for the session's limits.";
        }

        if (session.Queue.ListInflight().FindIndex(entry => entry.Entry.Offset == offset) is >= 0 and int place)
        {
            (ushort packetId, InflightEntry entry) = session.Queue.ListInflight().ElementAtOrDefault(place);
            steps.Add(new DeliveryStep("inflight", DeliveryVerdict.Yes, Text($"It is in flight under packet identifier {packetId}, {entry.State}: the client has not acknowledged it.")));
            return "It was sent and is not acknowledged.";
        }

        if (offset <= session.Cursor || session.HasHandled(offset))
        {
            steps.Add(new DeliveryStep(
                "acknowledged", DeliveryVerdict.Yes, Text($"The cursor is at {session.Cursor}: the client has acknowledged it, or it was passed over (expired, too large, or moved past by an operator).")));
            return "It counts as acknowledged.";
        }

        QueueFacts queue = session.Queue.Describe();
        if (offset <= queue.Position)
        {
            steps.Add(new DeliveryStep("sent", DeliveryVerdict.Yes, "It was read and sent, or passed over, and is acknowledged; the cursor follows within a second, or waits for an earlier one."));
            return "It was sent, or passed over.";
        }

        if (message.ExpiresAtMs <= _parts.Context.NowMs)
        {
            steps.Add(new DeliveryStep("expiry", DeliveryVerdict.No, Text($"It expired at {AdminTime.From(message.ExpiresAtMs):O}, before it was sent.")));
            return "It has expired.";
        }

        steps.Add(new DeliveryStep("waiting", DeliveryVerdict.No, Text($"It waits: the session has read the log up to offset {queue.Position}; {queue.Inflight} of {queue.Window} are in flight.")));
        return session.IsConnected ? "It waits its turn." : "It waits until the client is back.";
    }

    private async ValueTask<StoredMessage?> FindAsync(long offset, CancellationToken cancellationToken)
    {
        try
        {
            LogPage page = await _parts.Store.ReadLogAsync(Math.Max(0, offset - 1), null, 1, cancellationToken).ConfigureAwait(false);
            return page.Messages is [{ } message] && message.Offset == offset ? message : null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw AdminMistakes.StoreAway(exception);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    internal sealed record WhyQuestion(string ClientId, string Topic, long? Offset);
}

/// <summary>What a step of a delivery came to.</summary>
public enum DeliveryVerdict
{
    /// <summary>It lets the message through.</summary>
    Yes,

    /// <summary>It does not.</summary>
    No,

    /// <summary>It depends.</summary>
    Unknown,
}

/// <summary>A step of a delivery.</summary>
/// <param name="Name">Its name: session, connected, subscription, access, shared, window, network, log, drops, message, then, noLocal, qos, limit, inflight, acknowledged, sent, expiry, waiting.</param>
/// <param name="Verdict">What it came to.</param>
/// <param name="Text">The same for people.</param>
public sealed record DeliveryStep(string Name, DeliveryVerdict Verdict, string Text);

/// <summary>Why a client did, or did not, get a message.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Offset">The stored message; null: messages of the topic as they come now.</param>
/// <param name="Conclusion">The answer in a sentence.</param>
/// <param name="Steps">The steps, in their order.</param>
public sealed record DeliveryReport(string ClientId, string Topic, long? Offset, string Conclusion, IReadOnlyList<DeliveryStep> Steps)
{
    /// <summary>Nodes that did not answer: what only they know is missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}
