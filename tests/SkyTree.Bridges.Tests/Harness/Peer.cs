using System.Buffers;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using SkyTree.Interop.Tests;
using Xunit;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>A client of either broker, with a durable session, that remembers all it gets and connects again when it is cut off.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly MqttClientFactory s_factory = new();

    private readonly Func<Uri> _address; // a broker that is started anew may be elsewhere
    private readonly string _clientId;
    private readonly string[] _filters;
    private readonly List<MqttApplicationMessage> _received = []; // guarded by itself
    private IMqttClient _client = s_factory.CreateMqttClient();

    private Peer(Func<Uri> address, string clientId, string[] filters) => (_address, _clientId, _filters) = (address, clientId, filters);

    /// <summary>What it has got, in order.</summary>
    public IReadOnlyList<MqttApplicationMessage> Received
    {
        get
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Connects a client.</summary>
    /// <param name="address">Where.</param>
    /// <param name="clientId">Its identifier.</param>
    /// <param name="filters">What it subscribes to, at QoS 2.</param>
    public static async Task<Peer> ConnectAsync(Uri address, string clientId, params string[] filters)
    {
        var peer = new Peer(() => address, clientId, filters);
        await peer.ConnectAsync();
        return peer;
    }

    /// <summary>A client of a broker that moves; it connects when it has to.</summary>
    public static Peer Of(Func<Uri> address, string clientId, params string[] filters) => new(address, clientId, filters);

    /// <summary>Connects, to where the broker is now; once.</summary>
    public async Task ConnectAsync()
    {
        _client.Dispose();
        IMqttClient client = _client = s_factory.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += received =>
        {
            lock (_received)
            {
                _received.Add(received.ApplicationMessage);
            }

            return Task.CompletedTask;
        };
        Uri address = _address();
        MqttClientOptionsBuilder options = s_factory.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(_clientId).WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue)
            .WithTcpServer(address.Host, address.Port).WithTimeout(TimeSpan.FromSeconds(10));
        MqttClientConnectResult result = await client.ConnectAsync(options.Build());
        if (result.ResultCode != MqttClientConnectResultCode.Success)
        {
            throw new InvalidOperationException($"{_clientId} is refused: {result.ResultCode}");
        }

        if (_filters.Length > 0)
        {
            var subscribe = new MqttClientSubscribeOptions
            {
                TopicFilters =
                [
                    .. _filters.Select(filter => new MqttTopicFilter
                    {
                        Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.ExactlyOnce, RetainAsPublished = true, RetainHandling = MqttRetainHandling.SendAtSubscribeIfNewSubscriptionOnly,
                    }),
                ],
            };
            await client.SubscribeAsync(subscribe);
        }
    }

    /// <summary>Connects as often as it takes.</summary>
    public async Task InsistAsync()
    {
        using var patience = new CancellationTokenSource(Deadline.Step);
        while (true)
        {
            try
            {
                await ConnectAsync();
                return;
            }
            catch (Exception) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    /// <summary>Publishes a text.</summary>
    public Task PublishAsync(string topic, string text, int qos = 1, bool retain = false) => PublishAsync(new MqttApplicationMessage
    {
        Topic = topic,
        Payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)),
        QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
        Retain = retain,
    });

    /// <summary>Publishes a message.</summary>
    public async Task PublishAsync(MqttApplicationMessage message)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        MqttClientPublishResult result = await _client.PublishAsync(message, patience.Token);
        if (!result.IsSuccess)
        {
            throw new InvalidOperationException($"Refused: {result.ReasonCode}");
        }
    }

    /// <summary>Publishes until the broker has acknowledged it, however often that breaks in between.</summary>
    public async Task InsistOnAsync(string topic, string text)
    {
        using var patience = new CancellationTokenSource(Deadline.Step);
        while (true)
        {
            try
            {
                await PublishAsync(topic, text);
                return;
            }
            catch (Exception) when (!patience.IsCancellationRequested)
            {
                await InsistAsync();
            }
        }
    }

    /// <summary>The texts that have come to a topic, in order.</summary>
    public string[] Texts(string topic) => [.. Received.Where(message => message.Topic == topic).Select(message => Encoding.UTF8.GetString(message.Payload.ToArray()))];

    /// <summary>Returns when as many messages have come to a topic, with them.</summary>
    public async Task<string[]> ReceiveAsync(string topic, int count)
    {
        await Eventually.HoldsAsync(() => Texts(topic).Length >= count, () => $"{_clientId} has {Texts(topic).Length} of {count} to {topic}, in all {Received.Count}");
        return Texts(topic);
    }

    /// <summary>The first message to a topic, once it is there.</summary>
    public async Task<MqttApplicationMessage> FirstAsync(string topic)
    {
        await ReceiveAsync(topic, 1);
        return Received.First(message => message.Topic == topic);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
