using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Sessions;

/// <summary>Publishes Will Messages that have fallen due.</summary>
internal sealed class WillSender(MessageRouter router, SessionContext context)
{
    public async ValueTask SendAsync(DueWill due)
    {
        (long id, string clientId, Will will) = due;
        try
        {
            long nowMs = context.NowMs;
            PublishOutcome outcome = await router.PublishWillAsync(
                new StoredMessage
                {
                    Offset = 0,
                    Topic = will.Topic,
                    TimestampMs = nowMs,
                    ExpiresAtMs = will.MessageExpirySeconds is { } seconds ? nowMs + (seconds * 1000L) : null,
                    QoS = (byte)will.QoS,
                    Retain = will.Retain,
                    PublisherId = clientId,
                    Properties = will.ForwardedProperties,
                    Payload = will.Payload,
                },
                id).ConfigureAwait(false);
            if (outcome is PublishOutcome.StoreFull or PublishOutcome.QuotaExceeded)
            {
                context.Drops.Add(DropReason.QuotaExceeded, clientId, will.Topic);
            }
        }
        catch (Exception e)
        {
            context.Log.WillFailed(clientId, e);
        }
        finally
        {
            FlushList.FlushAll();
        }
    }
}
