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

    /// <summary>The offset at which what was stored at a time or later begins.</summary>
    /// <param name="timeMs">Milliseconds since 1970-01-01 UTC.</param>
    public async ValueTask<long> FindOffsetAsync(long timeMs)
    {
        // What is stored after this question was asked is later than all that the second one sees.
        long last = await context.Store.GetLastOffsetAsync().ConfigureAwait(false);
        return await context.Store.FindOffsetAsync(timeMs).ConfigureAwait(false) ?? last + 1;
    }

    /// <summary>Waits until no full session, other than the publisher's own, would get a publish.</summary>
    /// <param name="message">The publish.</param>
    /// <param name="patience">Gives up after this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when it gave up, or waiting would not help: the publisher must read to make room for itself.</returns>
    public async ValueTask<bool> WaitForQueuesAsync(StoredMessage message, TimeSpan patience, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        while (true)
        {
            Task room = context.QueueRoom.Next;
            Route route = Match(message.TopicUtf8);
            if (!route.IsBlocked(message.PublisherId))
            {
                return true;
            }

            TimeSpan left = patience - context.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || route.IsBlockedByItself(message.PublisherId))
            {
                return false;
            }

            try
            {
                await room.WaitAsync(left, context.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    /// <summary>Whether a publish concerns the replicated state; if not, it can be delivered at once.</summary>
    public static bool MustPropose(in Fanout message, Route route) =>
        message.Retain || route.Policy.Keeps || (message.QoS > QoS.AtMostOnce && route.MayReadLog);

    /// <summary>Delivers what does not concern the replicated state.</summary>
    /// <param name="message">The message, with its route.</param>
    public static PublishOutcome Deliver(ref Fanout message)
    {
        Route route = message.Route!;
        Deliver(ref message, route);
        return route.IsEmpty ? PublishOutcome.NoSubscribers : PublishOutcome.Accepted;
    }

    /// <summary>Proposes a client's publish.</summary>
    /// <param name="proposal">The message, and who is told.</param>
    /// <param name="route">Who gets it, as far as it is known.</param>
    /// <param name="durability">How safe it must be, unless its topic has its own rule.</param>
    /// <param name="ordered">Whether publishes before it are still on their way.</param>
    /// <param name="receivedBy">For QoS 2: the durable session that received it; else null.</param>
    /// <param name="epoch">Its connection's epoch.</param>
    public void Propose(PublishProposal proposal, Route route, Durability durability, bool ordered, Session? receivedBy, long epoch) =>
        replicator.Propose(
            new PublishMessage(proposal.Message, proposal.Message.Retain && context.Options.RetainAvailable, receivedBy, epoch, proposal.PacketId, durability, ordered)
            {
                IsStored = route.Policy.Keeps,
                MaximumRetained = context.Options.MaximumRetainedMessages,
                IsRefused = route.IsBlocked(proposal.Message.PublisherId),
            },
            proposal);

    /// <summary>Delivers a message whose publish has been applied and is safe.</summary>
    public PublishOutcome Finish(StoredMessage message, PublishApplied applied)
    {
        // Who reads from memory may want to be told of its offset, too.
        var fanout = new Fanout(applied is { Stored: { } stored, Route.WantsProperties: true } ? stored : message, context.NowMs);
        PublishOutcome outcome = Finish(ref fanout, applied);
        fanout.Dispose();
        return outcome;
    }

    /// <summary>Publishes a message that the broker itself makes, or has kept: a Will, a <c>$SYS</c> topic.</summary>
    public ValueTask<PublishOutcome> PublishAsync(StoredMessage message)
    {
        Route route = Match(message.TopicUtf8);
        var fanout = new Fanout(message, context.NowMs) { Route = route };
        if (!MustPropose(fanout, route))
        {
            PublishOutcome outcome = Deliver(ref fanout);
            fanout.Dispose();
            return new(outcome);
        }

        fanout.Dispose();
        return ProposeAsync(message, route);
    }

    private async ValueTask<PublishOutcome> ProposeAsync(StoredMessage message, Route route)
    {
        PublishApplied applied = await replicator.ProposeAsync(
            new PublishMessage(message, message.Retain && context.Options.RetainAvailable, Durability: context.StoreOptions.Durability)
            {
                IsStored = route.Policy.Keeps,
                MaximumRetained = context.Options.MaximumRetainedMessages,
            }).ConfigureAwait(false);
        PublishOutcome outcome = Finish(message, applied);
        FlushList.FlushAll();
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
            case PublishStatus.QueueFull:
                return PublishOutcome.QueueFull;
        }

        Route route = applied.Route!;
        Deliver(ref message, route);
        if (message.QoS > QoS.AtMostOnce)
        {
            foreach (Subscription subscription in route.OnlineReaders())
            {
                subscription.Session.Queue.PumpForPublisher();
            }
        }

        return route.IsEmpty ? PublishOutcome.NoSubscribers : PublishOutcome.Accepted;
    }

    private static void Deliver(ref Fanout message, Route route)
    {
        bool acknowledged = message.QoS > QoS.AtMostOnce;
        string publisher = message.PublisherId;
        foreach (Subscription subscription in acknowledged ? route.MemoryReaders : route.Subscriptions)
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

    /// <summary>It was refused: a durable session that would get it is full. Must not be acknowledged as taken.</summary>
    QueueFull,

    /// <summary>The connection no longer owns its session.</summary>
    Fenced,
}
