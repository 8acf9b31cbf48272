using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>
/// The broker of this process for the code of this process: without a socket, and without being asked who it is. May be called from any
/// thread. What people may see and do besides is <see cref="Broker.Admin"/>, called with <see cref="Admin.Caller.Application"/>.
/// </summary>
public interface ISkyTreeClient
{
    /// <summary>Publishes a message. Returns when it is as safe as the store's durability says, if it had to be stored.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the waiting; the message may be published all the same.</param>
    /// <returns>How many subscriptions matched, and whether it was stored.</returns>
    /// <exception cref="Admin.AdminException">It makes no sense, or was refused: a quota, a full store or session, no touch with the cluster.</exception>
    Task<PublishResult> PublishAsync(PublishRequest message, CancellationToken cancellationToken = default);

    /// <summary>Publishes a text in UTF-8.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="text">The payload.</param>
    /// <param name="qos">The QoS.</param>
    /// <param name="retain">Whether it becomes the topic's retained message.</param>
    /// <param name="cancellationToken">Ends the waiting; the message may be published all the same.</param>
    /// <returns>As of the other form.</returns>
    /// <exception cref="Admin.AdminException">As of the other form.</exception>
    Task<PublishResult> PublishAsync(string topic, string text, QoS qos = QoS.AtLeastOnce, bool retain = false, CancellationToken cancellationToken = default);

    /// <summary>Subscribes. When this returns, the subscription stands: what is published from then on comes.</summary>
    /// <param name="options">What to, and how.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SubscriptionEndedException">The broker refuses.</exception>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    Task<MessageSubscription> SubscribeAsync(SubscribeOptions options, CancellationToken cancellationToken = default);

    /// <summary>Subscribes when the first message is asked for, and unsubscribes when no more are.</summary>
    /// <param name="filter">The topic filter.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The messages, at QoS 1 at most, as <see cref="MessageSubscription"/> gives them.</returns>
    /// <exception cref="SubscriptionEndedException">The broker refuses, or ends it.</exception>
    IAsyncEnumerable<ReceivedMessage> ReadAsync(string filter, CancellationToken cancellationToken = default);
}
