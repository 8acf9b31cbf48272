using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>MQTTnet's client.</summary>
internal sealed class MqttNetClient : IInteropClient
{
    private static readonly MqttClientFactory s_factory = new();

    private readonly Inbox _inbox;
    private readonly IMqttClient _client = s_factory.CreateMqttClient();
    private readonly Uri _address;
    private readonly int _version;
    private readonly X509Certificate2? _authority;

    public MqttNetClient(Uri address, int version, X509Certificate2? authority, Inbox inbox)
    {
        _address = address;
        _version = version;
        _authority = authority;
        _inbox = inbox;
        _client.ApplicationMessageReceivedAsync += received =>
        {
            _inbox.Add(Read(received.ApplicationMessage));
            return Task.CompletedTask;
        };
        _client.DisconnectedAsync += disconnected =>
        {
            Disconnected.TrySetResult(disconnected.ReasonString is { Length: > 0 } text ? $"{disconnected.Reason}: {text}" : $"{disconnected.Reason}");
            return Task.CompletedTask;
        };
    }

    /// <summary>Why the connection ended.</summary>
    public TaskCompletionSource<string> Disconnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<bool?> ConnectAsync(ConnectSettings settings)
    {
        MqttClientOptionsBuilder options = s_factory.CreateClientOptionsBuilder()
            .WithProtocolVersion(_version switch { 3 => MqttProtocolVersion.V310, 4 => MqttProtocolVersion.V311, _ => MqttProtocolVersion.V500 })
            .WithClientId(settings.ClientId)
            .WithCleanSession(settings.CleanStart)
            .WithTimeout(Deadline.Step);
        if (_version == 5)
        {
            options.WithSessionExpiryInterval(settings.SessionExpirySeconds);
        }

        if (settings.UserName is not null)
        {
            options.WithCredentials(settings.UserName, settings.Password);
        }

        if (settings.Will is { } will)
        {
            options.WithWillTopic(will.Topic).WithWillPayload(will.Payload).WithWillQualityOfServiceLevel((MqttQualityOfServiceLevel)will.QoS).WithWillRetain(will.Retain);
        }

        if (_address.Scheme is "ws" or "wss")
        {
            options.WithWebSocketServer(server => server.WithUri(_address.AbsoluteUri));
        }
        else
        {
            options.WithTcpServer(_address.Host, _address.Port);
        }

        if (_address.Scheme is "mqtts" or "wss")
        {
            options.WithTlsOptions(tls => tls.UseTls().WithRevocationMode(X509RevocationMode.NoCheck).WithCertificateValidationHandler(IsTrusted));
        }

        MqttClientConnectResult result = await _client.ConnectAsync(options.Build()).WaitAsync(Deadline.Step);
        return result.ResultCode == MqttClientConnectResultCode.Success
            ? _version == 3 ? null : result.IsSessionPresent
            : throw new InvalidOperationException($"Refused: {result.ResultCode} {result.ReasonString}");
    }

    public async Task<int> SubscribeAsync(string filter, int qos)
    {
        MqttClientSubscribeResult result = await _client.SubscribeAsync(
            s_factory.CreateSubscribeOptionsBuilder().WithTopicFilter(filter, (MqttQualityOfServiceLevel)qos).Build()).WaitAsync(Deadline.Step);
        return (int)result.Items.Single().ResultCode;
    }

    public async Task PublishAsync(Message message)
    {
        MqttApplicationMessageBuilder builder = s_factory.CreateApplicationMessageBuilder()
            .WithTopic(message.Topic).WithPayload(message.Payload).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)message.QoS).WithRetainFlag(message.Retain);
        if (message.Properties is { } properties)
        {
            builder.WithContentType(properties.ContentType).WithResponseTopic(properties.ResponseTopic)
                .WithCorrelationData(Convert.FromHexString(properties.CorrelationData));
            foreach ((string name, string value) in properties.UserProperties)
            {
                builder.WithUserProperty(name, System.Text.Encoding.UTF8.GetBytes(value));
            }
        }

        MqttClientPublishResult result = await _client.PublishAsync(builder.Build()).WaitAsync(Deadline.Step);
        if (!result.IsSuccess)
        {
            throw new InvalidOperationException($"Refused: {result.ReasonCode} {result.ReasonString}");
        }
    }

    public Task<Message> ReceiveAsync() => _inbox.TakeAsync();

    public Task DisconnectAsync() =>
        _client.DisconnectAsync(s_factory.CreateClientDisconnectOptionsBuilder().Build()).WaitAsync(Deadline.Step);

    public Task CrashAsync()
    {
        // Closes the socket and sends nothing.
        _client.Dispose();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Message Read(MqttApplicationMessage message) => new(
        message.Topic,
        message.Payload.ToArray(),
        (int)message.QualityOfServiceLevel,
        message.Retain,
        message.ContentType is null ? null : new MessageProperties(
            message.ContentType,
            message.ResponseTopic,
            Convert.ToHexStringLower(message.CorrelationData),
            message.UserProperties.ToDictionary(property => property.Name, property => property.ReadValueAsString())));

    private bool IsTrusted(MqttClientCertificateValidationEventArgs args)
    {
        // The name has been checked already; only the authority is not one of the machine's.
        using var certificate = new X509Certificate2(args.Certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority!);
        return !args.SslPolicyErrors.HasFlag(System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch) && chain.Build(certificate);
    }
}
