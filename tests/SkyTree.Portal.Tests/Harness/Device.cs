using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>A real client that is connected to the broker.</summary>
internal sealed class Device : IAsyncDisposable
{
    private readonly IMqttClient _client;

    private Device(IMqttClient client, string id) => (_client, Id) = (client, id);

    public string Id { get; }

    public bool IsConnected => _client.IsConnected;

    /// <summary>Connects with MQTT 5; durable when the session is to outlive the connection.</summary>
    public static async Task<Device> ConnectAsync(PortalHost host, string id, bool isDurable = false)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", host.MqttPort)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(id)
            .WithCleanStart(!isDurable)
            .WithSessionExpiryInterval(isDurable ? 3600u : 0u)
            .Build());
        return new Device(client, id);
    }

    public Task SubscribeAsync(string filter, int qos = 1) => _client.SubscribeAsync(filter, (MqttQualityOfServiceLevel)qos);

    public Task PublishAsync(string topic, string payload, int qos = 1, bool retain = false) =>
        _client.PublishStringAsync(topic, payload, (MqttQualityOfServiceLevel)qos, retain);

    public Task DisconnectAsync() => _client.DisconnectAsync();

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            await _client.DisconnectAsync();
        }

        _client.Dispose();
    }
}
