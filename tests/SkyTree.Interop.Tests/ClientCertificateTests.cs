using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using SkyTree.Interop.Tests.Broker;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class ClientCertificateTests : IDisposable
{
    private const string UserName = "sensor 7";

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-certificates-").FullName;
    private readonly TestCertificates _certificates;

    public ClientCertificateTests() => _certificates = new TestCertificates(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Required", true, $"user {UserName}")]
    [InlineData("Required", false, null)]
    [InlineData("Optional", true, $"user {UserName}")]
    [InlineData("Optional", false, "user ")]
    public async Task MQTTnet_is_the_user_whom_its_certificate_names(string mode, bool shown, string? expected)
    {
        await using BrokerProcess broker = await StartAsync(mode, "Loopback");
        (string certificatePath, string keyPath) = _certificates.IssueClient(UserName);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        MqttClientOptions options = new MqttClientOptionsBuilder()
            .WithTcpServer(broker.Addresses["mqtts"].Host, broker.Addresses["mqtts"].Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithRequestResponseInformation()
            .WithTimeout(Deadline.Step)
            .WithTlsOptions(tls => tls.UseTls()
                .WithRevocationMode(X509RevocationMode.NoCheck)
                .WithTrustChain([_certificates.Authority])
                .WithClientCertificates(shown ? [certificate] : []))
            .Build();

        string? answer = null;
        Exception? refusal = await Record.ExceptionAsync(async () => answer = (await client.ConnectAsync(options)).ResponseInformation);

        Assert.Equal(expected, answer);
        Assert.True(refusal is null == (expected is not null), $"{refusal}");
    }

    [Theory]
    [InlineData("Required", true)]
    [InlineData("Required", false)]
    [InlineData("Optional", true)]
    [InlineData("Optional", false)]
    public async Task A_certificate_opens_a_broker_without_anonymous_clients_to_mosquitto(string mode, bool shown)
    {
        await using BrokerProcess broker = await StartAsync(mode, "Never");
        (string certificatePath, string keyPath) = _certificates.IssueClient(UserName);
        Uri address = broker.Addresses["mqtts"];
        await using ChildProcess publisher = ChildProcess.Start(
            "mosquitto_pub",
            [
                "-h", address.Host, "-p", address.Port.ToString(CultureInfo.InvariantCulture), "--cafile", _certificates.AuthorityPath,
                .. shown ? (string[])["--cert", certificatePath, "--key", keyPath] : [],
                "-t", "topic", "-m", "message", "-q", "1",
            ]);
        await publisher.Exited.WaitAsync(Deadline.Step);

        Assert.True(publisher.ExitCode == 0 == shown, publisher.Output);
    }

    private Task<BrokerProcess> StartAsync(string mode, string anonymous) => BrokerProcess.StartAsync(_folder, [], new Dictionary<string, string>
    {
        ["SkyTree__AllowAnonymous"] = anonymous,
        ["SkyTree__Mqtt__ResponseInformation"] = "user ${username}",
        ["SkyTree__Listeners__tls__Enabled"] = "true",
        ["SkyTree__Listeners__tls__Port"] = "0",
        ["SkyTree__Listeners__tls__Certificate__Path"] = _certificates.CertificatePath,
        ["SkyTree__Listeners__tls__Certificate__KeyPath"] = _certificates.KeyPath,
        ["SkyTree__Listeners__tls__ClientCertificate"] = mode,
        ["SkyTree__Listeners__tls__ClientCertificateAuthorities"] = _certificates.AuthorityPath,
        ["SkyTree__Listeners__tls__CertificateSubjectAsUserName"] = "true",
    });
}
