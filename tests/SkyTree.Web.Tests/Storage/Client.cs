using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A client with a durable session, and all that it has received.</summary>
internal sealed class Client : IAsyncDisposable
{
    private static readonly MqttClientFactory s_factory = new();
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly IMqttClient _client = s_factory.CreateMqttClient();

    private Client()
    {
    }

    /// <summary>In the order in which it came.</summary>
    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    /// <summary>Payloads in the order in which they came.</summary>
    public IEnumerable<string> Received => Deliveries.Select(delivery => delivery.Payload);

    public static async Task<Client> ConnectAsync(int port, string clientId, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        Client client = new();
        client._client.ApplicationMessageReceivedAsync += received =>
        {
            client.Deliveries.Enqueue(Delivery.Of(received.ApplicationMessage));
            return Task.CompletedTask;
        };
        MqttClientOptionsBuilder options = s_factory.CreateClientOptionsBuilder()
            .WithProtocolVersion(version)
            .WithClientId(clientId)
            .WithCleanStart(false)
            .WithTcpServer("127.0.0.1", port)
            .WithNoKeepAlive()
            .WithTimeout(s_deadline);
        if (version == MqttProtocolVersion.V500)
        {
            options.WithSessionExpiryInterval(uint.MaxValue);
        }

        await client._client.ConnectAsync(options.Build());
        return client;
    }

    /// <summary>Connects, and asks by a user property for what is stored; messages tell their offsets and times.</summary>
    public static async Task<Client> ReplayAsync(int port, string clientId, string from, string filter)
    {
        Client client = await ConnectAsync(port, clientId);
        await client._client.SubscribeAsync(s_factory.CreateSubscribeOptionsBuilder()
            .WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce)
            .WithUserProperty("skytree-from", Encoding.UTF8.GetBytes(from))
            .WithUserProperty("skytree-properties", "offset,time"u8.ToArray())
            .Build());
        return client;
    }

    /// <summary>Connects with MQTT 3.1.1, and asks for what is stored in the only way that it has.</summary>
    public static async Task<Client> ReplayOldAsync(int port, string clientId, string from, string filter)
    {
        Client client = await ConnectAsync(port, clientId, MqttProtocolVersion.V311);
        await client._client.SubscribeAsync($"$replay/{from}/{filter}", MqttQualityOfServiceLevel.AtLeastOnce);
        return client;
    }

    /// <summary>Makes a durable session with a subscription, and leaves.</summary>
    public static async Task SubscribeAsync(int port, string clientId, string filter)
    {
        await using Client client = await ConnectAsync(port, clientId);
        await client._client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
    }

    /// <summary>Waits until what it has received is as wanted.</summary>
    public async Task UntilAsync(Func<IReadOnlyList<Delivery>, bool> condition)
    {
        using CancellationTokenSource deadline = new(s_deadline);
        while (!condition([.. Deliveries]))
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Publishes at QoS 1, and returns when it is acknowledged.</summary>
    public async Task PublishAsync(string topic, string payload, bool retain = false)
    {
        MqttClientPublishResult result = await _client.PublishAsync(new MqttApplicationMessage
        {
            Topic = topic,
            PayloadSegment = Encoding.UTF8.GetBytes(payload),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            Retain = retain,
        });
        if (!result.IsSuccess)
        {
            throw new InvalidOperationException($"not acknowledged: {result.ReasonCode}");
        }
    }

    /// <summary>Publishes at QoS 1, and says what the broker answered.</summary>
    public async Task<MqttClientPublishReasonCode> TryPublishAsync(string topic, string payload)
    {
        MqttClientPublishResult result = await _client.PublishAsync(
            new MqttApplicationMessage { Topic = topic, PayloadSegment = Encoding.UTF8.GetBytes(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
        return result.ReasonCode;
    }

    /// <summary>Publishes many, a hundred under way at a time.</summary>
    public async Task PublishManyAsync(string topic, int first, int count)
    {
        for (int begin = first; begin < first + count; begin += 100)
        {
            int size = Math.Min(100, first + count - begin);
            await Task.WhenAll(Enumerable.Range(begin, size).Select(n => PublishAsync(topic, n.ToString(CultureInfo.InvariantCulture))));
        }
    }

    /// <summary>Connects to an old session, and gives all that was pending there.</summary>
    public static async Task<List<string>> TakePendingAsync(int port, string clientId, string topic)
    {
        string end = "end " + Guid.NewGuid();
        await using (Client publisher = await ConnectAsync(port, "the-end"))
        {
            await publisher.PublishAsync(topic, end);
        }

        await using Client client = await ConnectAsync(port, clientId);
        using CancellationTokenSource deadline = new(s_deadline);
        while (!client.Received.Contains(end))
        {
            await Task.Delay(20, deadline.Token);
        }

        await client._client.DisconnectAsync();
        return [.. client.Received.TakeWhile(m => m != end)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            await _client.DisconnectAsync();
        }

        _client.Dispose();
    }
}
