using System.Threading.Channels;
using MQTTnet;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>
/// Publishes messages of the other broker here, in order and many at once, and acknowledges each when it is as safe here as the store's durability
/// says. What was not acknowledged the other broker sends again.
/// </summary>
internal sealed class InboundPump
{
    private readonly ISkyTreeClient _client;
    private readonly string _publisher;
    private readonly TopicMap _topics;
    private readonly MessagePath _path;
    private readonly BridgeCounters _counters;
    private readonly Action<string> _refused;
    private volatile bool _failed; // what comes behind a message that was not published has to wait for it
    private readonly Channel<(MqttApplicationMessageReceivedEventArgs Message, Task Published)> _underWay;

    /// <summary>Creates it.</summary>
    /// <param name="client">Publishes here.</param>
    /// <param name="publisher">The client in whose name it publishes.</param>
    /// <param name="window">Messages that are under way at once.</param>
    /// <param name="topics">What passes.</param>
    /// <param name="path">Which brokers messages have passed.</param>
    /// <param name="counters">What is counted.</param>
    /// <param name="refused">Is told why a message will never be taken.</param>
    public InboundPump(ISkyTreeClient client, string publisher, int window, TopicMap topics, MessagePath path, BridgeCounters counters, Action<string> refused)
    {
        _client = client;
        _publisher = publisher;
        _topics = topics;
        _path = path;
        _counters = counters;
        _refused = refused;
        _underWay = Channel.CreateBounded<(MqttApplicationMessageReceivedEventArgs, Task)>(new BoundedChannelOptions(window) { SingleReader = true, SingleWriter = true });
    }

    /// <summary>Takes a message. Returns when there is room for the next one.</summary>
    /// <param name="message">The message.</param>
    public async Task TakeAsync(MqttApplicationMessageReceivedEventArgs message)
    {
        try
        {
            await _underWay.Writer.WriteAsync((message, PublishAsync(message.ApplicationMessage))).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The connection is ending; it comes again.
        }
    }

    /// <summary>Acknowledges what was published, in the order in which it came.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BridgeException">This broker takes no more for now.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach ((MqttApplicationMessageReceivedEventArgs message, Task published) in _underWay.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await published.ConfigureAwait(false);
                await message.AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _underWay.Writer.TryComplete();
            while (_underWay.Reader.TryRead(out (MqttApplicationMessageReceivedEventArgs Message, Task Published) left))
            {
                await left.Published.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PublishAsync(MqttApplicationMessage message)
    {
        if (_failed)
        {
            throw new OperationCanceledException();
        }

        if (_topics.ToLocal(message.Topic) is not { } here)
        {
            return; // of a subscription that the configuration no longer has
        }

        if (_path.Enter(MessageMapping.UserPropertiesOf(message)) is not { } properties)
        {
            _counters.CountLooped();
            return;
        }

        var qos = (QoS)Math.Min((int)message.QualityOfServiceLevel, (int)here.QoS);
        try
        {
            await _client.PublishAsync(
                MessageMapping.ToLocal(message, here.Topic, qos, _topics.ResponseToLocal(message.ResponseTopic), properties, _publisher)).ConfigureAwait(false);
            _counters.CountReceived();
        }
        catch (AdminException exception) when (exception.Error == AdminError.Invalid || exception.Code == "retained_quota")
        {
            _counters.CountRefused();
            _refused($"A message to '{here.Topic}' cannot be published here: {exception.Message}");
        }
        catch (AdminException exception)
        {
            _failed = true;
            throw new BridgeException($"This broker takes no messages now: {exception.Message}", exception);
        }
    }
}
