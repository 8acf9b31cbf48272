using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>A server in a process of its own, with a bridge to nowhere, a sink into a file, and a listener with a certificate that nobody knows.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    /// <summary>The password of the account admin.</summary>
    public const string Password = "correct horse battery";

    private static readonly MqttClientFactory s_mqtt = new();
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly List<IMqttClient> _clients = [];
    private BrokerProcess? _broker;
    private int _mqttPort;

    /// <summary>A folder of the tests' own.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("skytree-cli-").FullName;

    /// <summary>Its address.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Its address with TLS.</summary>
    public string SecureUrl { get; private set; } = "";

    /// <summary>The PEM file of its certificate.</summary>
    public string CertificatePath => PathOf("server.pem");

    /// <summary>The variables of an administrator who names the server.</summary>
    public Dictionary<string, string> Administrator => new(Stranger) { ["SKYTREE_URL"] = Url, ["SKYTREE_USER"] = "admin", ["SKYTREE_PASSWORD"] = Password };

    /// <summary>The variables of somebody who has said nothing.</summary>
    public Dictionary<string, string> Stranger => new() { ["SKYTREE_PROFILES"] = PathOf("no-profiles.json") };

    public ValueTask InitializeAsync()
    {
        WriteCertificate();
        _broker = BrokerProcess.Start(
            [
                "--mqtt-port", "0", "--http-port", "0",
                "--SkyTree:Bridges:plant:Server=mqtt://127.0.0.1:1", "--SkyTree:Bridges:plant:Topics:0:Filter=bridged/#", "--SkyTree:Bridges:plant:Topics:0:Direction=In",
                "--SkyTree:Sinks:archive:Kind=File", "--SkyTree:Sinks:archive:Filters:0=archive/#",
                "--SkyTree:Listeners:secure:Kind=SecureWebSocket", "--SkyTree:Listeners:secure:Port=0", "--SkyTree:Listeners:secure:Web=true",
                $"--SkyTree:Listeners:secure:Certificate:Path={CertificatePath}", $"--SkyTree:Listeners:secure:Certificate:KeyPath={PathOf("server.key")}",
            ],
            ("SKYTREE_ADMIN_PASSWORD", Password));
        List<string> lines = _broker.WaitUntilReady();
        _mqttPort = BrokerProcess.PortOf(lines, "mqtt");
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BrokerProcess.PortOf(lines, "http")}/");
        SecureUrl = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{BrokerProcess.PortOf(lines, "https")}/");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IMqttClient client in _clients)
        {
            client.Dispose();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A file in the tests' folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Runs a command as the administrator.</summary>
    internal Task<CliResult> RunAsync(params string[] arguments) => CliProcess.RunAsync(Administrator, null, arguments);

    /// <summary>The same with something on standard input.</summary>
    internal Task<CliResult> RunWithAsync(string input, params string[] arguments) => CliProcess.RunAsync(Administrator, input, arguments);

    /// <summary>A connected client with a durable session that subscribes to a filter at QoS 1.</summary>
    public async Task<IMqttClient> ConnectAsync(string clientId, string filter)
    {
        IMqttClient client = s_mqtt.CreateMqttClient();
        _clients.Add(client);
        await client.ConnectAsync(s_mqtt.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue)
            .WithTcpServer("127.0.0.1", _mqttPort).WithNoKeepAlive().WithTimeout(s_deadline).Build());
        await client.SubscribeAsync(s_mqtt.CreateSubscribeOptionsBuilder().WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce).Build());
        return client;
    }

    /// <summary>Has messages stored: a durable session waits for them, and its client is away.</summary>
    public async Task KeepAsync(string clientId, string filter) => await (await ConnectAsync(clientId, filter)).DisconnectAsync();

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(s_deadline);
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    private void WriteCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("server.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
