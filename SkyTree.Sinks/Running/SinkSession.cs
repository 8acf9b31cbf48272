using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Sinks.Running;

/// <summary>The durable session of a sink: its place in the log, fenced by the epoch like any other's.</summary>
internal static class SinkSession
{
    /// <summary>Opens it, or takes it over from the node that had it, and makes its subscriptions those of the options.</summary>
    /// <exception cref="SubscriptionEndedException">The broker refuses.</exception>
    public static async Task<MessageSubscription> OpenAsync(Broker broker, ISkyTreeClient client, SinkDefinition sink, CancellationToken cancellationToken)
    {
        SinkOptions options = sink.Options;
        MessageSubscription subscription = await client.SubscribeAsync(
            new SubscribeOptions
            {
                ClientId = sink.ClientId,
                Filters = options.Filters,
                QoS = (QoS)options.QoS,
                SessionExpirySeconds = uint.MaxValue,
                NoLocal = sink.NoLocal,
                RetainAsPublished = true,
                RetainHandling = options.IncludeRetained ? RetainHandling.SendIfNew : RetainHandling.DoNotSend,
                UserProperties = [SinkMessage.Wish],
                Window = (ushort)Math.Min(ushort.MaxValue, 2 * options.BatchMessages), // one batch is on its way while another is written
            },
            cancellationToken).ConfigureAwait(false);
        if (subscription.SessionPresent)
        {
            await ForgetOthersAsync(broker, sink, cancellationToken).ConfigureAwait(false);
        }

        return subscription;
    }

    /// <summary>Ends subscriptions that the options have no more.</summary>
    private static async Task ForgetOthersAsync(Broker broker, SinkDefinition sink, CancellationToken cancellationToken)
    {
        SessionDetails session = await broker.Admin.Sessions.GetAsync(Caller.Application, sink.ClientId, cancellationToken).ConfigureAwait(false);
        foreach (SubscriptionItem other in session.Subscriptions.Where(subscription => !sink.Options.Filters.Contains(subscription.Filter)))
        {
            await broker.Admin.Sessions.UnsubscribeAsync(Caller.Application, sink.ClientId, other.Filter, cancellationToken).ConfigureAwait(false);
        }
    }
}
