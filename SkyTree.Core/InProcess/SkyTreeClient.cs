using System.Runtime.CompilerServices;
using System.Text;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>The client of a broker in this process.</summary>
internal sealed class SkyTreeClient : ISkyTreeClient
{
    private readonly Func<Broker> _broker;

    /// <summary>Creates it.</summary>
    /// <param name="broker">The broker; started before the client is used.</param>
    public SkyTreeClient(Broker broker)
        : this(() => broker) => ArgumentNullException.ThrowIfNull(broker);

    /// <summary>Creates it for what the broker is made with, such as a hook.</summary>
    /// <param name="broker">Finds the broker; called whenever the client is used.</param>
    public SkyTreeClient(Func<Broker> broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        _broker = broker;
    }

    /// <inheritdoc/>
    public Task<PublishResult> PublishAsync(PublishRequest message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        return _broker().Admin.Publish.PublishAsync(message).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<PublishResult> PublishAsync(string topic, string text, QoS qos = QoS.AtLeastOnce, bool retain = false, CancellationToken cancellationToken = default) =>
        PublishAsync(new PublishRequest { Topic = topic, Payload = Encoding.UTF8.GetBytes(text), QoS = qos, Retain = retain }, cancellationToken);

    /// <inheritdoc/>
    public Task<MessageSubscription> SubscribeAsync(SubscribeOptions options, CancellationToken cancellationToken = default) =>
        MessageSubscription.OpenAsync(_broker(), options, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReceivedMessage> ReadAsync(string filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using MessageSubscription subscription = await SubscribeAsync(new SubscribeOptions { Filters = [filter] }, cancellationToken).ConfigureAwait(false);
        await foreach (ReceivedMessage message in subscription.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }
    }
}
