using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Model;

/// <content>The end of a history: everybody comes back and takes everything, and then nothing may be missing.</content>
internal sealed partial class World
{
    private async Task FinishAsync()
    {
        Note("--- everybody comes back");
        await ReleaseAsync();
        foreach (ModelClient client in _clients.Where(c => c is { Connection: null, Session: not null }))
        {
            await ConnectAsync(new Connect(client.Number, Clean: false, Math.Max(1, client.Session!.Expiry), 200, null));
        }

        await SettleAsync();
        DateTime deadline = DateTime.UtcNow + Deadline.Default;
        while (true)
        {
            await AcknowledgeAllAsync();
            if (Missing() is not { } missing)
            {
                break;
            }

            // A session that reads the store does so in its own time, and so does a thread that was about to send.
            Require(DateTime.UtcNow < deadline, () => missing);
            await Task.Delay(1);
        }

        RequireNoErrors();
    }

    private async Task AcknowledgeAllAsync()
    {
        do
        {
            foreach (ModelClient client in Connected.ToArray())
            {
                await AcknowledgeAsync(client, int.MaxValue, 0);
            }

            await SettleAsync();
        }
        while (Connected.Any(client => client.Owed.Count > 0));
    }

    private string? Missing()
    {
        if (Array.Exists(_clients, c => c.Unfinished.Count > 0 && c.Connection is not null))
        {
            return "a publish was never acknowledged";
        }

        foreach (ModelSession session in _clients.Select(c => c.Session).OfType<ModelSession>().Where(s => s.Durable))
        {
            foreach (ModelMessage message in _messages.Where(m => m is { QoS: > 0, Clears: false } && m.ExpiresAtMs > NowMs))
            {
                foreach (ModelSubscription subscription in session.Subscriptions.Where(s => s.QoS > 0 && s.MustCover(message, session.Client)))
                {
                    if (subscription.Group.Length == 0 ? !Has(session, message) : IsMissing(subscription, message))
                    {
                        return $"{Names.Clients[session.Client]} was subscribed to {Names.Filters[subscription.Filter]} and {message} never came";
                    }
                }
            }

            foreach (RetainedPromise promise in session.Retained.Where(p => IsMissing(session, p)))
            {
                return $"{Names.Clients[session.Client]} subscribed to {Names.Filters[promise.Subscription.Filter]} and {promise.Message}, which was retained, never came";
            }
        }

        return null;
    }

    private static bool Has(ModelSession session, ModelMessage message) =>
        session.Deliveries.TryGetValue((message.Number, "", false), out Delivery? delivery) && delivery.Count > 0;

    /// <summary>Whether nobody of a group has it. What a member had at QoS 2 ends with the member.</summary>
    private bool IsMissing(ModelSubscription member, ModelMessage message) =>
        !member.IsLeft
        && !_groupDeliveries.ContainsKey((member.Group, message.Number))
        && !(message.QoS == 2 && _memberEnds.GetValueOrDefault(member.Group) > message.Sent);

    private bool IsMissing(ModelSession session, RetainedPromise promise)
    {
        (ModelSubscription subscription, ModelMessage message, int before, int restarts) = promise;
        if (subscription.MustEnd != ModelMessage.Never || message.ExpiresAtMs <= NowMs)
        {
            return false;
        }

        int copies = session.Deliveries.GetValueOrDefault((message.Number, "", true))?.Count ?? 0;
        bool changed = _restarts > restarts && !ReferenceEquals(SurelyRetained(message.Topic, _now), message);
        return copies <= before && !changed;
    }
}
