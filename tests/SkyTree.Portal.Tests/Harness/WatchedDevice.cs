using System.Collections.Concurrent;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>A real client that tells what it was sent and how it was disconnected.</summary>
internal sealed class WatchedDevice : IAsyncDisposable
{
    private readonly IMqttClient _client;
    private readonly TaskCompletionSource<MqttClientDisconnectedEventArgs> _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _acknowledges;

    private WatchedDevice(IMqttClient client, bool acknowledges)
    {
        _client = client;
        _acknowledges = acknowledges;
        client.DisconnectedAsync += gone =>
        {
            _disconnected.TrySetResult(gone);
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += received =>
        {
            received.AutoAcknowledge = _acknowledges;
            Received.Enqueue(received.ApplicationMessage.Topic);
            return Task.CompletedTask;
        };
    }

    public ConcurrentQueue<string> Received { get; } = new();

    /// <summary>How it was disconnected, when it has been.</summary>
    public Task<MqttClientDisconnectedEventArgs> Disconnected => _disconnected.Task.WaitAsync(Deadline.Default);

    public static Task<WatchedDevice> ConnectAsync(PortalHost host, string clientId, uint expirySeconds = 0, bool acknowledges = true, string? willTopic = null) =>
        ConnectAsync(host.MqttPort, clientId, expirySeconds, acknowledges, willTopic);

    public static async Task<WatchedDevice> ConnectAsync(int port, string clientId, uint expirySeconds = 0, bool acknowledges = true, string? willTopic = null)
    {
        var device = new WatchedDevice(new MqttClientFactory().CreateMqttClient(), acknowledges);
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithClientId(clientId)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithCleanStart(false)
            .WithSessionExpiryInterval(expirySeconds);
        if (willTopic is not null)
        {
            options = options.WithWillTopic(willTopic).WithWillPayload("offline").WithWillDelayInterval(30).WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        }

        MqttClientConnectResult result = await device._client.ConnectAsync(options.Build());
        if (result.ResultCode != MqttClientConnectResultCode.Success)
        {
            await device.DisposeAsync();
            throw new IOException($"{clientId} was refused: {result.ResultCode}");
        }

        return device;
    }

    public Task SubscribeAsync(string filter, int qos = 1) => _client.SubscribeAsync(filter, (MqttQualityOfServiceLevel)qos);

    public Task PublishAsync(string topic, string payload, int qos = 1) => _client.PublishAsync(new MqttApplicationMessageBuilder()
        .WithTopic(topic)
        .WithPayload(Encoding.UTF8.GetBytes(payload))
        .WithContentType("application/json")
        .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)
        .Build());

    /// <summary>Leaves; its session stays as long as it may.</summary>
    public Task LeaveAsync() => _client.DisconnectAsync(new MqttClientDisconnectOptionsBuilder().WithReason(MqttClientDisconnectOptionsReason.NormalDisconnection).Build());

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
