using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>The client of the application's broker. A hook of the broker may have it, so it looks for the broker when it is used.</summary>
internal sealed class EmbeddedClient(EmbeddedBroker broker) : ISkyTreeClient
{
    private ISkyTreeClient Client => broker.Services.GetRequiredService<ISkyTreeClient>();

    public Task<PublishResult> PublishAsync(PublishRequest message, CancellationToken cancellationToken = default) => Client.PublishAsync(message, cancellationToken);

    public Task<PublishResult> PublishAsync(string topic, string text, QoS qos = QoS.AtLeastOnce, bool retain = false, CancellationToken cancellationToken = default) =>
        Client.PublishAsync(topic, text, qos, retain, cancellationToken);

    public Task<MessageSubscription> SubscribeAsync(SubscribeOptions options, CancellationToken cancellationToken = default) => Client.SubscribeAsync(options, cancellationToken);

    public IAsyncEnumerable<ReceivedMessage> ReadAsync(string filter, CancellationToken cancellationToken = default) => Client.ReadAsync(filter, cancellationToken);
}
