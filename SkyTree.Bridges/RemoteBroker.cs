using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>One connection to the other broker.</summary>
internal sealed class RemoteBroker : IAsyncDisposable
{
    private static readonly MqttClientFactory s_factory = new();
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly RemoteOptions _options;
    private readonly IMqttClient _client = s_factory.CreateMqttClient();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Creates it; nothing happens until it is told to connect.</summary>
    /// <param name="options">Where to, and how.</param>
    /// <param name="received">Takes each message, one after the other, and acknowledges it itself.</param>
    public RemoteBroker(RemoteOptions options, Func<MqttApplicationMessageReceivedEventArgs, Task> received)
    {
        _options = options;
        _client.ApplicationMessageReceivedAsync += message =>
        {
            message.AutoAcknowledge = false;
            return received(message);
        };
        _client.DisconnectedAsync += ended =>
        {
            _lost.TrySetException(new BridgeException(Reason(ended), ended.Exception));
            return Task.CompletedTask;
        };
    }

    /// <summary>Fails, with a <see cref="BridgeException"/>, when the connection is lost.</summary>
    public Task Lost => _lost.Task;

    /// <summary>What the other broker allows.</summary>
    public MqttClientConnectResult Limits { get; private set; } = new();

    /// <summary>Whether messages have properties.</summary>
    public bool HasProperties => _options.HasProperties;

    /// <summary>Messages at QoS 1 and 2 that may be on their way there.</summary>
    public int Window => Math.Min(_options.Window, Limits.ReceiveMaximum is { } theirs and > 0 ? theirs : ushort.MaxValue);

    /// <summary>Connects, and goes on with the session that is there.</summary>
    /// <param name="asBridge">As of <see cref="RemoteOptions.Build"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False: it does not know the version of MQTT.</returns>
    /// <exception cref="BridgeException">It is away, or refuses.</exception>
    public async Task<bool> ConnectAsync(bool asBridge, CancellationToken cancellationToken)
    {
        MqttClientOptions options = _options.Build(asBridge);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            Limits = await _client.ConnectAsync(options, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BridgeException("The other broker does not answer.");
        }
        catch (Exception exception) when (exception is MqttCommunicationException or MqttConnectingFailedException or MqttProtocolViolationException or SocketException or IOException)
        {
            throw new BridgeException($"The other broker cannot be reached: {Innermost(exception)}", exception);
        }

        return Limits.ResultCode switch
        {
            MqttClientConnectResultCode.Success => true,
            MqttClientConnectResultCode.UnsupportedProtocolVersion => false,
            _ => throw new BridgeException($"The other broker refuses the connection: {Text(Limits.ResultCode.ToString(), Limits.ReasonString)}"),
        };
    }

    /// <summary>Subscribes. Only what a new subscription would get is sent of what is retained, where the other broker can tell.</summary>
    /// <param name="filters">The filters with their highest QoS.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BridgeException">It refuses a filter, or the connection is lost.</exception>
    public async Task SubscribeAsync(IReadOnlyDictionary<string, QoS> filters, CancellationToken cancellationToken)
    {
        var options = new MqttClientSubscribeOptions
        {
            TopicFilters =
            [
                .. filters.Select(filter => new MqttTopicFilter
                {
                    Topic = filter.Key,
                    QualityOfServiceLevel = (MqttQualityOfServiceLevel)filter.Value,
                    NoLocal = HasProperties,
                    RetainAsPublished = HasProperties,
                    RetainHandling = HasProperties ? MqttRetainHandling.SendAtSubscribeIfNewSubscriptionOnly : MqttRetainHandling.SendAtSubscribe,
                }),
            ],
        };
        MqttClientSubscribeResult result = await GuardAsync(() => _client.SubscribeAsync(options, cancellationToken)).ConfigureAwait(false);
        if (result.Items.FirstOrDefault(item => item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2) is { } refused)
        {
            throw new BridgeException($"The other broker refuses the subscription to '{refused.TopicFilter.Topic}': {Text(refused.ResultCode.ToString(), result.ReasonString)}");
        }
    }

    /// <summary>Sends a message; calls that follow each other are sent in their order. Completes when it is acknowledged, at QoS 0 when it is sent.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: it was taken; else why it never will be.</returns>
    /// <exception cref="BridgeException">It was not taken now: the connection is lost, or the other broker has no room.</exception>
    public async Task<string?> PublishAsync(MqttApplicationMessage message, CancellationToken cancellationToken)
    {
        MqttClientPublishResult result = await GuardAsync(() => _client.PublishAsync(message, cancellationToken)).ConfigureAwait(false);
        return result.ReasonCode switch
        {
            MqttClientPublishReasonCode.Success or MqttClientPublishReasonCode.NoMatchingSubscribers => null,
            MqttClientPublishReasonCode.NotAuthorized or MqttClientPublishReasonCode.TopicNameInvalid or MqttClientPublishReasonCode.PayloadFormatInvalid =>
                $"The other broker does not take messages to '{message.Topic}': {Text(result.ReasonCode.ToString(), result.ReasonString)}",
            _ => throw new BridgeException($"The other broker takes no messages now: {Text(result.ReasonCode.ToString(), result.ReasonString)}"),
        };
    }

    /// <summary>Says goodbye, where that is still possible; the session stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                await _client.DisconnectAsync(s_factory.CreateClientDisconnectOptionsBuilder().Build(), patience.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is MqttCommunicationException or OperationCanceledException or SocketException or IOException or InvalidOperationException or ObjectDisposedException)
            {
                // It is gone already.
            }
        }

        _client.Dispose();
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> request)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MqttCommunicationException or SocketException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            throw new BridgeException($"The connection is lost: {Innermost(exception)}", exception);
        }
    }

    private static string Reason(MqttClientDisconnectedEventArgs ended) => ended switch
    {
        { Exception: { } exception } => $"The connection is lost: {Innermost(exception)}",
        { Reason: not MqttClientDisconnectReason.NormalDisconnection } => $"The other broker has ended the connection: {Text(ended.Reason.ToString(), ended.ReasonString)}",
        _ => "The other broker has closed the connection.",
    };

    private static string Text(string code, string? reason) => string.IsNullOrEmpty(reason) ? code : $"{code}, {reason}";

    private static string Innermost(Exception exception)
    {
        Exception inner = exception;
        while (inner.InnerException is { } deeper)
        {
            inner = deeper;
        }

        return inner.Message.ReplaceLineEndings(" ");
    }
}
