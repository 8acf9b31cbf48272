using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyTree.Bridges.Tests.Harness;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Interop.Tests;
using SkyTree.Interop.Tests.Broker;
using Xunit;

namespace SkyTree.Bridges.Tests;

/// <summary>TLS and credentials of a bridge.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-bridge-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mqtts", "PEM")]
    [InlineData("mqtts", "encrypted PEM")]
    [InlineData("mqtts", "PKCS #12")]
    [InlineData("wss", "PEM")]
    [InlineData("wss", "PKCS #12")]
    public async Task The_authority_of_the_other_broker_and_a_certificate_of_ones_own(string scheme, string format)
    {
        var certificates = new TestCertificates(_folder);
        BridgeCertificateOptions own = Write(format, certificates.IssueClient("bridge"));
        await using Mosquitto mosquitto = await Mosquitto.RunAsync(
            scheme,
            $"certfile {certificates.CertificatePath}", $"keyfile {certificates.KeyPath}", $"cafile {certificates.AuthorityPath}", "require_certificate true");
        var options = new BridgeOptions
        {
            Server = string.Create(CultureInfo.InvariantCulture, $"{scheme}://localhost:{mosquitto.Port}"),
            CertificateAuthorities = certificates.AuthorityPath,
            Certificate = own,
            Topics = [new() { Filter = "a" }],
        };
        await using LocalBroker local = await LocalBroker.StartAsync(options);
        await local.UntilConnectedAsync();
        await local.Client.PublishAsync("a", "over TLS");
        await local.UntilAsync(bridge => bridge.Sent == 1);

        // Without them: the machine's authorities do not know this one, and mosquitto does not know us.
        await using LocalBroker trusting = await LocalBroker.StartAsync(options with { ClientId = "other", CertificateAuthorities = "" });
        await trusting.UntilAsync(bridge => bridge is { State: BridgeState.Waiting, Sent: 0, LastError: not null });
        await using LocalBroker bare = await LocalBroker.StartAsync(options with { ClientId = "other", Certificate = new() });
        await bare.UntilAsync(bridge => bridge is { State: BridgeState.Waiting, Sent: 0, LastError: not null });
    }

    [Theory]
    [InlineData("mqtts")]
    [InlineData("wss")]
    public async Task A_certificate_for_another_name_is_not_trusted(string scheme)
    {
        var certificates = new TestCertificates(_folder);
        (string certificate, string key) = certificates.IssueServer("elsewhere");
        await using Mosquitto mosquitto = await Mosquitto.RunAsync(scheme, $"certfile {certificate}", $"keyfile {key}");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions
        {
            Server = mosquitto.Address.OriginalString,
            CertificateAuthorities = certificates.AuthorityPath,
            Topics = [new() { Filter = "a" }],
        });
        BridgeItem refused = await local.UntilAsync(bridge => bridge is { State: BridgeState.Waiting, LastError: not null });
        Assert.Contains("certificate", refused.LastError, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_wrong_password_is_shown_and_the_right_one_is_taken_without_a_restart()
    {
        string users = Path.Combine(_folder, "users");
        await using (ChildProcess made = ChildProcess.Start("mosquitto_passwd", ["-b", "-c", users, "bridge", "right"]))
        {
            await made.Exited.WaitAsync(Deadline.Step);
            Assert.True(made.ExitCode == 0, made.Output);
        }

        await using Mosquitto mosquitto = await Mosquitto.RunAsync("mqtt", $"password_file {users}", "allow_anonymous false");
        string password = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(password, "wrong\n");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions
        {
            Server = mosquitto.Address.OriginalString, UserName = "bridge", PasswordPath = password, MaximumBackoffSeconds = 1, Topics = [new() { Filter = "a" }],
        });
        BridgeItem refused = await local.UntilAsync(bridge => bridge.State == BridgeState.Waiting && bridge.Failures > 0);
        Assert.StartsWith("The other broker refuses the connection: NotAuthorized", refused.LastError, StringComparison.Ordinal);
        Assert.NotNull(refused.LastErrorAt);
        Assert.DoesNotContain("wrong", refused.ToString(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(password, "right\n");
        await local.UntilConnectedAsync();
    }

    // The client's certificate as it came, or with its key behind a password.
    private BridgeCertificateOptions Write(string format, (string Certificate, string Key) pem)
    {
        if (format == "PEM")
        {
            return new() { Path = pem.Certificate, KeyPath = pem.Key };
        }

        const string Password = "of the key";
        string password = Path.Combine(_folder, "key-password");
        File.WriteAllText(password, Password + "\n");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(pem.Certificate, pem.Key);
        if (format == "PKCS #12")
        {
            string file = Path.Combine(_folder, "bridge.p12");
            File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12, Password));
            return new() { Path = file, PasswordPath = password };
        }

        string key = Path.Combine(_folder, "encrypted.key");
        using ECDsa plain = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(key, plain.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100_000)));
        return new() { Path = pem.Certificate, KeyPath = key, PasswordPath = password };
    }
}
