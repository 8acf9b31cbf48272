using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>
/// Takes a published message to its subscribers: from memory to transient sessions and at QoS 0 to everybody, through
/// the log to durable sessions and groups at QoS 1 and 2. The path belongs to the subscriber, so one message may take both.
/// </summary>
internal sealed class MessageRouter(BrokerState state, IReplicator replicator, SessionContext context)
{
    public Route Match(ReadOnlySpan<byte> topic) => state.Index.Match(topic);

    /// <summary>Publishes a client's message.</summary>
    /// <param name="message">The message, with its route.</param>
    /// <param name="receivedBy">For QoS 2: the durable session that received it; else null.</param>
    /// <param name="epoch">Its connection's epoch.</param>
    /// <param name="packetId">Its packet identifier.</param>
    /// <returns>What the publisher is told once the message is as safe as configured. Completed, unless something must be waited for.</returns>
    public ValueTask<PublishOutcome> PublishAsync(ref Fanout message, Session? receivedBy = null, long epoch = 0, ushort packetId = 0)
    {
        Route route = message.Route!;
        bool acknowledged = message.QoS > QoS.AtMostOnce;
        if (receivedBy is null && !message.Retain && !(acknowledged && route.MayReadLog))
        {
            Deliver(ref message, route);
            return new(route.IsEmpty ? PublishOutcome.NoSubscribers : PublishOutcome.Accepted);
        }

        ValueTask<PublishApplied> applied = replicator.ProposeAsync(
            new PublishMessage(message.ToMessage(), message.Retain && context.Options.RetainAvailable, receivedBy, epoch, packetId));
        if (applied.IsCompletedSuccessfully)
        {
            return new(Finish(ref message, applied.Result));
        }

        return FinishAsync(applied, message.ToMessage());
    }

    /// <summary>Publishes a message that the broker itself makes, or has kept: a Will, a <c>$SYS</c> topic.</summary>
    public ValueTask<PublishOutcome> PublishAsync(StoredMessage message)
    {
        var fanout = new Fanout(message, context.NowMs) { Route = Match(message.TopicUtf8) };
        try
        {
            return PublishAsync(ref fanout);
        }
        finally
        {
            fanout.Dispose();
        }
    }

    private async ValueTask<PublishOutcome> FinishAsync(ValueTask<PublishApplied> applied, StoredMessage message)
    {
        PublishApplied result = await applied.ConfigureAwait(false);
        PublishOutcome outcome = FinishKept(message, result);
        FlushList.FlushAll();
        return outcome;
    }

    private PublishOutcome FinishKept(StoredMessage message, PublishApplied applied)
    {
        var fanout = new Fanout(message, context.NowMs);
        PublishOutcome outcome = Finish(ref fanout, applied);
        fanout.Dispose();
        return outcome;
    }

    private static PublishOutcome Finish(ref Fanout message, PublishApplied applied)
    {
        switch (applied.Status)
        {
            case PublishStatus.Repeated:
                return PublishOutcome.Accepted;
            case PublishStatus.Fenced:
                return PublishOutcome.Fenced;
            case PublishStatus.RetainedQuotaExceeded:
                return PublishOutcome.QuotaExceeded;
            case PublishStatus.StoreFull:
                return PublishOutcome.StoreFull;
        }

        Route route = applied.Route!;
        Deliver(ref message, route);
        if (message.QoS > QoS.AtMostOnce)
        {
            foreach (Subscription subscription in route.Subscriptions)
            {
                if (subscription.ReadsLog)
                {
                    subscription.Session.Queue.PumpForPublisher();
                }
            }
        }

        return route.IsEmpty ? PublishOutcome.NoSubscribers : PublishOutcome.Accepted;
    }

    private static void Deliver(ref Fanout message, Route route)
    {
        bool acknowledged = message.QoS > QoS.AtMostOnce;
        string publisher = message.PublisherId;
        foreach (Subscription subscription in route.Subscriptions)
        {
            if (subscription.For(publisher) is { } wanted && !(acknowledged && wanted.ReadsLog))
            {
                wanted.Session.Queue.Deliver(ref message, wanted);
            }
        }

        foreach (SharedGroup group in route.Groups)
        {
            if (acknowledged)
            {
                group.Pump(); // it was given the message when the publish was applied
            }
            else
            {
                group.Deliver(ref message, route);
            }
        }
    }
}

/// <summary>What publishing came to.</summary>
internal enum PublishOutcome
{
    /// <summary>The broker has it.</summary>
    Accepted,

    /// <summary>The same, but nobody was subscribed.</summary>
    NoSubscribers,

    /// <summary>It was refused: a quota.</summary>
    QuotaExceeded,

    /// <summary>It was refused: it cannot be kept for those who are to read it later. Must not be acknowledged as taken.</summary>
    StoreFull,

    /// <summary>The connection no longer owns its session.</summary>
    Fenced,
}
