using System.Diagnostics;
using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics.Tracing;

/// <summary>
/// Follows a publish to each of its deliveries, across nodes, the store and time: the message itself carries its trace, as a
/// user property. Costs one look at a field where nobody listens.
/// </summary>
internal static class BrokerTracing
{
    /// <summary>The name under which traces are listened to.</summary>
    public const string SourceName = "SkyTree";

    private static readonly ActivitySource s_source = new(SourceName, Broker.Version);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => s_source.HasListeners();

    /// <summary>A client's publish begins.</summary>
    /// <param name="publish">The packet.</param>
    /// <param name="topic">Its topic, also where an alias stood for it.</param>
    /// <param name="clientId">Whose it is.</param>
    /// <returns>Null: it is not traced.</returns>
    public static Activity? StartPublish(scoped in PublishView publish, string topic, string clientId)
    {
        TraceProperties.TryRead(publish.Properties, out ActivityContext parent);
        Activity? ambient = Activity.Current;
        Activity.Current = null; // that of a WebSocket's request, say: no publish is part of it
        Activity? activity = s_source.StartActivity("publish", ActivityKind.Server, parent);
        Activity.Current = ambient; // others use this thread before the publish is done
        if (activity is not { Recorded: true })
        {
            End(activity);
            return null;
        }

        Describe(activity, topic, clientId, publish.QoS, publish.Payload.Length);
        return activity;
    }

    /// <summary>A publish is done.</summary>
    /// <param name="activity">What <see cref="StartPublish"/> answered.</param>
    /// <param name="outcome">What it came to.</param>
    public static void EndPublish(Activity? activity, PublishOutcome outcome)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("skytree.outcome", outcome.ToString());
        if (outcome is not (PublishOutcome.Accepted or PublishOutcome.NoSubscribers))
        {
            activity.SetStatus(ActivityStatusCode.Error, outcome.ToString());
        }

        End(activity);
    }

    /// <summary>A traced message is given to a client's connection. What the client gets says so.</summary>
    /// <param name="message">The message.</param>
    /// <param name="frame">The packet for this client.</param>
    /// <param name="version">The client's version; before 5.0 there are no properties.</param>
    /// <param name="qos">The delivery's QoS.</param>
    /// <param name="clientId">The client.</param>
    public static void Deliver(in Fanout message, Span<byte> frame, ProtocolVersion version, QoS qos, string clientId)
    {
        TraceProperties.TryRead(message.ForwardedProperties, out ActivityContext parent);
        Activity? ambient = Activity.Current;
        Activity? activity = s_source.StartActivity("deliver", ActivityKind.Producer, parent);
        if (activity is { Recorded: true })
        {
            Describe(activity, System.Text.Encoding.UTF8.GetString(message.Topic), clientId, qos, message.Payload.Length);
            if (version == ProtocolVersion.V5)
            {
                TraceProperties.Patch(frame, activity);
            }
        }

        End(activity);
        Activity.Current = ambient;
    }

    private static void Describe(Activity activity, string topic, string clientId, QoS qos, int payloadLength)
    {
        activity.SetTag("messaging.system", "mqtt");
        activity.SetTag("messaging.operation.name", activity.OperationName);
        activity.SetTag("messaging.destination.name", topic);
        activity.SetTag("messaging.client.id", clientId);
        activity.SetTag("messaging.message.body.size", payloadLength);
        activity.SetTag("skytree.qos", (int)qos);
    }

    private static void End(Activity? activity)
    {
        if (activity is not null)
        {
            Activity? ambient = Activity.Current;
            activity.Stop(); // which changes it
            Activity.Current = ambient;
        }
    }
}
