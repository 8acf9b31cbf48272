using System.Globalization;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Sinks.Running;

/// <summary>Publishes what a sink gives up to its topic for that, as it was, with user properties that say where it comes from and why.</summary>
internal sealed class DeadLetters(SinkDefinition sink, ISkyTreeClient client, ILogger logger)
{
    private const int LongestReason = 1000;

    /// <summary>Publishes the messages, in order. Returns when they are safe; what is published twice comes twice.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="reason">Why they are given up.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Core.Admin.AdminException">The broker refuses one.</exception>
    public async Task PublishAsync(IReadOnlyList<SinkMessage> messages, string reason, CancellationToken cancellationToken)
    {
        string topic = sink.Options.DeadLetterTopic;
        bool reachesNobody = false;
        foreach (SinkMessage message in messages)
        {
            PublishResult result = await client.PublishAsync(Letter(topic, message, reason), cancellationToken).ConfigureAwait(false);
            reachesNobody |= result is { Matched: 0, Stored: false };
        }

        Log.GivenUp(logger, sink.Name, messages.Count, topic, reason);
        if (reachesNobody)
        {
            Log.NobodyHasIt(logger, sink.Name, topic);
        }
    }

    private PublishRequest Letter(string topic, SinkMessage message, string reason)
    {
        List<UserProperty> properties =
        [
            .. message.UserProperties,
            new("skytree-sink", sink.Name),
            new("skytree-topic", message.Topic),
            new("skytree-reason", reason.Length > LongestReason ? reason[..LongestReason] : reason),
        ];
        if (message.Offset is { } offset)
        {
            properties.Add(new("skytree-sink-offset", offset.ToString(CultureInfo.InvariantCulture)));
        }

        return new PublishRequest
        {
            Topic = topic,
            Payload = message.Payload,
            QoS = QoS.AtLeastOnce,
            ExpirySeconds = message.ExpirySeconds,
            Properties = new MessageProperties
            {
                PayloadIsUtf8 = message.PayloadIsUtf8,
                ContentType = message.ContentType,
                ResponseTopic = message.ResponseTopic,
                CorrelationData = message.CorrelationData,
                UserProperties = properties,
            },
        };
    }
}
