using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <summary>
/// The replicated state: sessions, subscriptions, cursors, retained messages, wills. Changed only by
/// <see cref="Apply{TResult}"/>, in the replicator's order; the subscription index and the retained messages are read by all.
/// </summary>
internal sealed partial class BrokerState(SessionContext context)
{
    private AppendedMessage? _appended;

    public SessionStore Sessions { get; } = new();

    public SubscriptionIndex Index { get; } = new();

    public Retained Retained { get; } = new();

    /// <summary>The highest offset assigned.</summary>
    public long LastOffset { get; private set; }

    /// <summary>Bytes of the messages in the store. Set by the replicator before a command is applied.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Applies a command.</summary>
    public TResult Apply<TResult>(Command<TResult> command, long nowMs) => command.ApplyTo(this, nowMs);

    /// <summary>The message that the last command appended, for the replicator to store and to wake its readers.</summary>
    public AppendedMessage? TakeAppended()
    {
        AppendedMessage? appended = _appended;
        _appended = null;
        return appended;
    }

    /// <summary>Tells the readers of a message that has been stored. In the log's order; they send nothing yet.</summary>
    public static void Wake(AppendedMessage appended)
    {
        foreach (Subscription subscription in appended.Route.Subscriptions)
        {
            if (subscription.ReadsLog && subscription.For(appended.Message.PublisherId) is { ReadsLog: true } wanted)
            {
                subscription.Session.Queue.OnAppended(appended.Message, wanted);
            }
        }

        foreach (SharedGroup group in appended.Route.Groups)
        {
            if (group.ReadsLog)
            {
                group.OnAppended(appended.Message);
            }
        }
    }

    /// <summary>A publish that concerns the state: retained, to durable readers, or QoS 2 from a durable session.</summary>
    internal PublishApplied Apply(PublishMessage command, long nowMs)
    {
        if (command.ReceivedBy is { } receiver)
        {
            if (receiver.Epoch != command.Epoch)
            {
                return new PublishApplied(PublishStatus.Fenced, null);
            }

            if (!receiver.ReceiveQoS2(command.PacketId))
            {
                return new PublishApplied(PublishStatus.Repeated, null);
            }
        }

        StoredMessage message = command.Message;
        Route route = Index.Match(message.TopicUtf8);
        bool append = message.QoS > 0 && (Array.Exists(route.Subscriptions, s => s.ReadsLog) || Array.Exists(route.Groups, g => g.ReadsLog));
        if (append && StoredBytes >= context.Options.MaximumStoredMegabytes * 1024L * 1024L)
        {
            command.ReceivedBy?.ReleaseQoS2(command.PacketId);
            return new PublishApplied(PublishStatus.StoreFull, null);
        }

        if (message.Retain && command.KeepRetained)
        {
            if (message.Payload.IsEmpty)
            {
                Retained.Clear(message.Topic); // [MQTT-3.3.1-6]
            }
            else if (!Retained.TrySet(message, context.Options.MaximumRetainedMessages))
            {
                command.ReceivedBy?.ReleaseQoS2(command.PacketId);
                return new PublishApplied(PublishStatus.RetainedQuotaExceeded, null);
            }
        }

        if (message.QoS > 0)
        {
            foreach (SharedGroup group in route.Groups)
            {
                // Here, since a group may come to read the log at any moment after.
                if (!group.ReadsLog)
                {
                    group.Offer(message);
                }
            }
        }

        if (append)
        {
            LastOffset++;
            _appended = new AppendedMessage(message with { Offset = LastOffset, TimestampMs = nowMs }, route);
        }

        return new PublishApplied(PublishStatus.Applied, route);
    }

    internal IReadOnlyList<ReasonCode>? Apply(Subscribe command, long nowMs)
    {
        if (command.Session.Epoch != command.Epoch)
        {
            return null; // nobody would ever end what a deposed connection subscribes to
        }

        var results = new ReasonCode[command.Requests.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Subscribe(command.Session, command.Requests[i], command.Identifier, nowMs);
        }

        return results;
    }

    internal IReadOnlyList<bool>? Apply(Unsubscribe command)
    {
        if (command.Session.Epoch != command.Epoch)
        {
            return null;
        }

        var existed = new bool[command.Filters.Count];
        for (int i = 0; i < existed.Length; i++)
        {
            existed[i] = Unsubscribe(command.Session, command.Filters[i]);
        }

        return existed;
    }

    internal bool Apply(AdvanceCursors command)
    {
        foreach ((Session session, long cursor) in command.Cursors)
        {
            session.Cursor = Math.Max(session.Cursor, cursor);
            session.ForgetEnded(session.Cursor);
        }

        return true;
    }

    private ReasonCode Subscribe(Session session, SubscriptionRequest request, uint identifier, long nowMs)
    {
        if (session.SubscriptionCount >= context.Options.MaximumSubscriptions && session.FindSubscription(request.Filter.Text) is null)
        {
            return ReasonCode.QuotaExceeded;
        }

        SharedGroup? group = null;
        if (request.Filter.IsShared)
        {
            group = Index.FindGroup(request.Filter) ?? new SharedGroup(request.Filter, context);
        }
        else if (session.Queue.HasManyRetained)
        {
            return ReasonCode.QuotaExceeded; // it asks for retained messages faster than it takes them
        }

        var subscription = new Subscription
        {
            Session = session,
            Filter = request.Filter,
            QoS = request.QoS,
            NoLocal = request.NoLocal,
            RetainAsPublished = request.RetainAsPublished,
            Identifiers = identifier == 0 ? [] : [identifier],
            Group = group,
            StartOffset = LastOffset,
        };
        bool isNew = session.SetSubscription(subscription, LastOffset) is null;
        if (group is not null)
        {
            group.Add(subscription, LastOffset);
            Index.Set(request.Filter, group);
            return (ReasonCode)request.QoS;
        }

        if (request.RetainHandling == RetainHandling.Send || (request.RetainHandling == RetainHandling.SendIfNew && isNew))
        {
            // Before the index knows of it: what is published from now on queues up behind them.
            var retained = new List<StoredMessage>();
            Retained.Match(request.Filter.Filter, nowMs, message =>
            {
                if (subscription.For(message.PublisherId) is not null) // [MQTT-3.8.3-3]
                {
                    retained.Add(message);
                }
            });
            session.Queue.AddRetained(retained, subscription);
        }

        Index.Set(request.Filter, subscription);
        return (ReasonCode)request.QoS;
    }

    private bool Unsubscribe(Session session, string filterText)
    {
        if (session.RemoveSubscription(filterText, LastOffset) is not { } removed)
        {
            return false;
        }

        if (removed.Group is not { } group)
        {
            Index.Remove(removed.Filter, session);
            return true;
        }

        if (group.Remove(session, LastOffset))
        {
            Index.Remove(removed.Filter, group);
        }

        // What has been sent to the member is its own to acknowledge [MQTT-3.10.4-3].
        return true;
    }
}

/// <summary>A message that was appended to the log, and who was subscribed at that moment.</summary>
internal sealed record AppendedMessage(StoredMessage Message, Route Route);
