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
    public bool MustPropose(in Fanout message, Route route) =>
        message.Retain || route.Policy.Keeps || (message.QoS > QoS.AtMostOnce && (route.MayReadLog || !replicator.IsServing)); // who is cut off does not know who reads the log

    /// <summary>Delivers what does not concern the replicated state.</summary>
    /// <param name="message">The message, with its route.</param>
    public PublishOutcome Deliver(ref Fanout message)
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

    /// <summary>Publishes a Will, unless it has been.</summary>
    public ValueTask<PublishOutcome> PublishWillAsync(StoredMessage message, long willId) => ProposeAsync(message, Match(message.TopicUtf8), willId);

    /// <summary>Publishes a message that the broker itself makes: a <c>$SYS</c> topic.</summary>
    public ValueTask<PublishOutcome> PublishAsync(StoredMessage message)
    {
        Route route = Match(message.TopicUtf8);
        return DeliverAtOnce(message, route) is { } outcome ? new(outcome) : ProposeAsync(message, route, willId: 0);
    }

    /// <summary>Publishes a message for somebody who wants to know who gets it.</summary>
    public async ValueTask<PublishReport> PublishAndReportAsync(StoredMessage message)
    {
        Route route = Match(message.TopicUtf8);
        if (DeliverAtOnce(message, route) is { } outcome)
        {
            FlushList.FlushAll();
            return new PublishReport(outcome, route.Subscriptions.Length + route.Groups.Length, null);
        }

        PublishApplied applied = await ApplyAsync(message, route, willId: 0, refusable: true).ConfigureAwait(false);
        outcome = Finish(message, applied);
        FlushList.FlushAll();
        return new PublishReport(outcome, applied.Route is { } at ? at.Subscriptions.Length + at.Groups.Length : 0, applied.Stored);
    }

    private PublishOutcome? DeliverAtOnce(StoredMessage message, Route route)
    {
        var fanout = new Fanout(message, context.NowMs) { Route = route };
        PublishOutcome? outcome = MustPropose(fanout, route) ? null : Deliver(ref fanout);
        fanout.Dispose();
        return outcome;
    }

    private async ValueTask<PublishOutcome> ProposeAsync(StoredMessage message, Route route, long willId)
    {
        PublishApplied applied = await ApplyAsync(message, route, willId, refusable: false).ConfigureAwait(false);
        PublishOutcome outcome = Finish(message, applied);
        FlushList.FlushAll();
        return outcome;
    }

    private ValueTask<PublishApplied> ApplyAsync(StoredMessage message, Route route, long willId, bool refusable) =>
        replicator.ProposeAsync(
            new PublishMessage(message, message.Retain && context.Options.RetainAvailable, Durability: context.StoreOptions.Durability)
            {
                IsStored = route.Policy.Keeps,
                MaximumRetained = context.Options.MaximumRetainedMessages,
                WillId = willId,
                IsRefused = refusable && route.IsBlocked(message.PublisherId),
            });

    private PublishOutcome Finish(ref Fanout message, PublishApplied applied)
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

    /// <summary>Delivers a message that another node hands on to this one's clients.</summary>
    public void DeliverHere(ref Fanout message, Route route)
    {
        foreach (Subscription subscription in message.QoS > QoS.AtMostOnce ? route.MemoryReaders : route.Subscriptions)
        {
            if (subscription.Session.Node == context.Node)
            {
                Deliver(ref message, subscription);
            }
        }
    }

    private static void Deliver(ref Fanout message, Subscription subscription)
    {
        if (subscription.For(message.PublisherId) is { } wanted && !(message.QoS > QoS.AtMostOnce && wanted.ReadsLog))
        {
            wanted.Session.Queue.Deliver(ref message, wanted);
        }
    }

    private void Deliver(ref Fanout message, Route route)
    {
        route.Traffic.Add(message);
        if (context.Events.HasTaps)
        {
            context.Events.Offer(message);
        }

        bool acknowledged = message.QoS > QoS.AtMostOnce;
        INeighbours? neighbours = context.Neighbours;
        foreach (Subscription subscription in acknowledged ? route.MemoryReaders : route.Subscriptions)
        {
            // Who is away is nobody's, so that what it does not get is counted once, here.
            if (neighbours is null || subscription.Session.Node == context.Node || !subscription.Session.IsConnected)
            {
                Deliver(ref message, subscription);
            }
        }

        if (neighbours is not null)
        {
            foreach (Guid node in route.OtherNodes(context.Node, acknowledged))
            {
                neighbours.Publish(node, ref message);
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

/// <summary>What publishing came to, and who got the message.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Matched">Subscriptions and shared groups that matched.</param>
/// <param name="Stored">The message as it was stored, or null.</param>
internal readonly record struct PublishReport(PublishOutcome Outcome, int Matched, StoredMessage? Stored);

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
