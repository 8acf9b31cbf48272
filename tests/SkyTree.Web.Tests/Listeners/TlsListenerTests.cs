using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Web.Tests.Listeners;

public sealed class TlsListenerTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Bytes_go_both_ways_over_TLS_whatever_protocol_names_the_client_offers(SslProtocols version)
    {
        await using EchoHost host = await EchoHost.StartAsync(Tls("server"));
        foreach (string? name in new[] { null, "mqtt", "x-own-mqtt" })
        {
            using SslStream client = await ConnectAsync(host, version: version, alpn: name);
            Assert.Equal("CN=server", client.RemoteCertificate!.Subject);
            Assert.Equal("ping", await EchoAsync(client, "ping"));
            Assert.Equal(ListenerKind.Tls, host.NextAccepted().Listener.Kind);
        }
    }

    [Fact]
    public async Task A_large_payload_comes_through()
    {
        await using EchoHost host = await EchoHost.StartAsync(Tls("server"));
        using SslStream client = await ConnectAsync(host);
        string text = new('x', 1_000_000);
        Task sending = client.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();
        Assert.Equal(text, await ReceiveAsync(client, text.Length));
        await sending;
    }

    [Fact]
    public async Task A_certificate_with_password_in_PKCS12_serves_too()
    {
        string server = _certificates.WriteServer("packed");
        await using EchoHost host = await EchoHost.StartAsync(
            "--SkyTree:Listeners:tls:Enabled=true", "--SkyTree:Listeners:tls:Port=0",
            $"--SkyTree:Listeners:tls:Certificate:Path={server}.pfx", $"--SkyTree:Listeners:tls:Certificate:PasswordPath={server}.password");
        using SslStream client = await ConnectAsync(host);
        Assert.Equal("CN=packed", client.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task New_files_serve_new_connections_while_old_ones_live_on()
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), "--SkyTree:Listeners:tls:Certificate:ReloadSeconds=1"]);
        using SslStream old = await ConnectAsync(host);
        using X509Certificate2 renewed = _certificates.Issue("CN=renewed", forServer: true);
        _certificates.Write("server.key", renewed.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _certificates.Write("server.pem", renewed.ExportCertificatePem());
        await WaitForSubjectAsync(host, "CN=renewed");
        Assert.Equal("ping", await EchoAsync(old, "ping"));
    }

    [Theory]
    [InlineData("Required", true, true)]
    [InlineData("Required", false, false)]
    [InlineData("Optional", true, true)]
    [InlineData("Optional", false, true)]
    public async Task A_client_certificate_names_the_user(string mode, bool shown, bool admitted)
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), .. ClientCertificates(mode)]);
        using X509Certificate2? certificate = shown ? _certificates.Issue("CN=sensor 7, O=Example") : null;
        Assert.Equal(admitted, await IsServedAsync(host, certificate));
        if (admitted)
        {
            ListenerConnection accepted = host.NextAccepted();
            Assert.Equal(shown ? "sensor 7" : null, accepted.CertificateSubject);
            Assert.Equal(shown, accepted.ClientCertificate is not null);
        }
    }

    [Theory]
    [InlineData("Required")]
    [InlineData("Optional")]
    public async Task A_client_certificate_of_another_authority_is_refused(string mode)
    {
        using TestCertificates others = new();
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), .. ClientCertificates(mode)]);
        using X509Certificate2 certificate = others.Issue("CN=sensor");
        Assert.False(await IsServedAsync(host, certificate));
    }

    [Fact]
    public async Task A_certificate_for_servers_does_not_make_a_client()
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), .. ClientCertificates("Required")]);
        using X509Certificate2 certificate = _certificates.Issue("CN=sensor", forServer: true);
        Assert.False(await IsServedAsync(host, certificate));
    }

    [Theory]
    [InlineData("O=Example")]
    [InlineData("CN=one, CN=two")]
    public async Task A_subject_without_exactly_one_common_name_names_nobody(string subject)
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), .. ClientCertificates("Required")]);
        using X509Certificate2 certificate = _certificates.Issue(subject);
        Assert.True(await IsServedAsync(host, certificate));
        Assert.Null(host.NextAccepted().CertificateSubject);
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_is_not_waited_for()
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), "--SkyTree:Listeners:tls:HandshakeTimeoutSeconds=1"]);
        using Socket client = await host.ConnectAsync("tls");
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task MQTT_without_TLS_is_closed()
    {
        await using EchoHost host = await EchoHost.StartAsync(Tls("server"));
        using Socket client = await host.ConnectAsync("tls");
        await client.SendTextAsync(MqttBytes.Connect("plain"));
        await client.IsClosedAsync();
        Assert.Empty(host.Accepted);
    }

    [Fact]
    public async Task Secure_WebSockets_carry_MQTT_and_the_client_certificate()
    {
        await using EchoHost host = await EchoHost.StartAsync([.. Tls("server"), "--SkyTree:Listeners:tls:Kind=SecureWebSocket", .. ClientCertificates("Required")]);
        using X509Certificate2 certificate = _certificates.Issue("CN=sensor");
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mqtt");
        client.Options.ClientCertificates.Add(certificate);
        client.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == "CN=Test authority";
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        await client.ConnectAsync(new Uri($"wss://{host.Listener("tls").EndPoint}/mqtt"), deadline.Token);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, deadline.Token);
        byte[] buffer = new byte[4];
        await client.ReceiveAsync(buffer.AsMemory(), deadline.Token);
        Assert.Equal("ping"u8.ToArray(), buffer);
        ListenerConnection accepted = host.NextAccepted();
        Assert.Equal((ListenerKind.SecureWebSocket, "sensor"), (accepted.Listener.Kind, accepted.CertificateSubject));
    }

    private string[] Tls(string name)
    {
        string server = _certificates.WriteServer(name);
        return
        [
            "--SkyTree:Listeners:tls:Enabled=true", "--SkyTree:Listeners:tls:Port=0",
            $"--SkyTree:Listeners:tls:Certificate:Path={server}.pem", $"--SkyTree:Listeners:tls:Certificate:KeyPath={server}.key",
        ];
    }

    private string[] ClientCertificates(string mode) =>
    [
        $"--SkyTree:Listeners:tls:ClientCertificate={mode}",
        $"--SkyTree:Listeners:tls:ClientCertificateAuthorities={_certificates.AuthorityPath}",
        "--SkyTree:Listeners:tls:CertificateSubjectAsUserName=true",
    ];

    private static async Task<SslStream> ConnectAsync(
        EchoHost host, X509Certificate2? certificate = null, SslProtocols version = SslProtocols.None, string? alpn = null)
    {
        SslStream stream = new(new NetworkStream(await host.ConnectAsync("tls"), ownsSocket: true));
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = version,
                ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)],
                ClientCertificates = certificate is null ? null : [certificate],
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == "CN=Test authority",
            },
            deadline.Token);
        return stream;
    }

    /// <summary>In TLS 1.3 a client learns only after its handshake that the server did not like its certificate.</summary>
    private static async Task<bool> IsServedAsync(EchoHost host, X509Certificate2? certificate)
    {
        try
        {
            using SslStream client = await ConnectAsync(host, certificate);
            return await EchoAsync(client, "ping") == "ping";
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<string> EchoAsync(SslStream client, string text)
    {
        await client.WriteAsync(Encoding.Latin1.GetBytes(text));
        return await ReceiveAsync(client, text.Length);
    }

    private static async Task<string> ReceiveAsync(SslStream client, int length)
    {
        byte[] buffer = new byte[length];
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        int count = await client.ReadAtLeastAsync(buffer, length, throwOnEndOfStream: false, deadline.Token);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    private static async Task WaitForSubjectAsync(EchoHost host, string subject)
    {
        long since = TimeProvider.System.GetTimestamp();
        string seen;
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < EchoHost.Deadline, $"{subject} was never served.");
            using SslStream client = await ConnectAsync(host);
            seen = client.RemoteCertificate!.Subject;
        }
        while (seen != subject);
    }
}
