using MQTTnet;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>
/// Takes messages from the bridge's session to the other broker: in order, many on their way at once. The session is told of each that the other
/// broker has acknowledged; what it was not told of it gives to the next connection, in the same order.
/// </summary>
/// <param name="remote">The other broker, connected.</param>
/// <param name="topics">What passes.</param>
/// <param name="path">Which brokers messages have passed.</param>
/// <param name="counters">What is counted.</param>
/// <param name="refused">Is told why a message will never be taken.</param>
internal sealed class OutboundPump(RemoteBroker remote, TopicMap topics, MessagePath path, BridgeCounters counters, Action<string> refused) : IDisposable
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2); // for acknowledgements that are on their way

    private readonly SemaphoreSlim _window = new(remote.Window, remote.Window);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs until the session or the other broker ends it.</summary>
    /// <param name="session">The session, open.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BridgeException">The other broker takes no more.</exception>
    /// <exception cref="SubscriptionEndedException">This broker has ended the session's connection.</exception>
    public async Task RunAsync(MessageSubscription session, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var sending = new CancellationTokenSource();
        Task reading = ReadAsync(session, ending.Token, sending.Token);
        Task first = await Task.WhenAny(reading, _failed.Task).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        sending.CancelAfter(s_farewell);
        await Task.WhenAny(SettleAsync(sending.Token), _failed.Task).ConfigureAwait(false);
        await sending.CancelAsync().ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();

    // Whoever is paused or stopped in peace sends nothing twice.
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < remote.Window; i++)
        {
            await _window.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(MessageSubscription session, CancellationToken cancellationToken, CancellationToken sending)
    {
        while (await session.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (Map(message) is { } mapped)
            {
                await _window.WaitAsync(cancellationToken).ConfigureAwait(false);
                _ = SendAsync(session, message, mapped, sending); // up to its first wait at once: that keeps the order
            }
            else
            {
                await session.AcknowledgeAsync(message, cancellationToken).ConfigureAwait(false);
            }
        }

        throw new BridgeException("This broker stops.");
    }

    private MqttApplicationMessage? Map(ReceivedMessage message)
    {
        if (topics.ToRemote(message.Topic) is not { } there)
        {
            return null; // of a subscription that the configuration no longer has
        }

        if (path.Leave(message.UserProperties) is not { } properties)
        {
            counters.CountLooped();
            return null;
        }

        var highest = (QoS)Math.Min((int)there.QoS, remote.HasProperties ? (int)remote.Limits.MaximumQoS : (int)QoS.ExactlyOnce);
        MqttApplicationMessage mapped = MessageMapping.ToRemote(
            message,
            there.Topic,
            message.QoS < highest ? message.QoS : highest,
            message.Retain && (!remote.HasProperties || remote.Limits.RetainAvailable),
            topics.ResponseToRemote(message.ResponseTopic),
            properties,
            remote.HasProperties);
        if (remote.Limits.MaximumPacketSize is { } maximum and > 0 && MessageMapping.SizeOf(mapped) > maximum)
        {
            // It would end the connection, again and again.
            counters.CountRefused();
            refused($"A message to '{there.Topic}' is larger than the other broker allows, {maximum} bytes.");
            return null;
        }

        return mapped;
    }

    private async Task SendAsync(MessageSubscription session, ReceivedMessage message, MqttApplicationMessage mapped, CancellationToken cancellationToken)
    {
        try
        {
            if (await remote.PublishAsync(mapped, cancellationToken).ConfigureAwait(false) is { } why)
            {
                counters.CountRefused();
                refused(why);
            }
            else
            {
                counters.CountSent();
            }

            await session.AcknowledgeAsync(message, cancellationToken).ConfigureAwait(false);
            _window.Release();
        }
        catch (Exception exception)
        {
            _failed.TrySetException(exception); // the first one tells why; those that follow are its consequence
        }
    }
}
