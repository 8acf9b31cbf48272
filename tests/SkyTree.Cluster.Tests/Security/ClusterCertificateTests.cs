using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyTree.Cluster.Security;
using Xunit;

#pragma warning disable CA5359 // An intruder believes everybody.

namespace SkyTree.Cluster.Tests.Security;

/// <summary>Who believes whom, over real sockets.</summary>
public sealed class ClusterCertificateTests
{
    private const string Secret = "one-and-the-same-secret";

    [Fact]
    public async Task Two_nodes_with_the_same_secret_believe_each_other()
    {
        using ClusterCertificate one = ClusterCertificate.FromSecret(Secret);
        using ClusterCertificate other = ClusterCertificate.FromSecret(Secret);
        Assert.True(await TalkAsync(one.CreateServerOptions(), other.CreateClientOptions()));
    }

    [Fact]
    public async Task Neither_side_believes_another_secret()
    {
        using ClusterCertificate mine = ClusterCertificate.FromSecret(Secret);
        using ClusterCertificate foreign = ClusterCertificate.FromSecret("some-other-secret-entirely");
        SslClientAuthenticationOptions credulousClient = foreign.CreateClientOptions();
        credulousClient.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        Assert.False(await TalkAsync(mine.CreateServerOptions(), credulousClient), "the server believed");
        SslServerAuthenticationOptions credulousServer = foreign.CreateServerOptions();
        credulousServer.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        Assert.False(await TalkAsync(credulousServer, mine.CreateClientOptions()), "the client believed");
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused()
    {
        using ClusterCertificate mine = ClusterCertificate.FromSecret(Secret);
        SslClientAuthenticationOptions anonymous = new() { TargetHost = "anybody", RemoteCertificateValidationCallback = (_, _, _, _) => true };
        Assert.False(await TalkAsync(mine.CreateServerOptions(), anonymous));
    }

    [Fact]
    public void A_short_secret_is_refused() => Assert.Throws<ArgumentException>(() => ClusterCertificate.FromSecret("fifteen letters"));

    [Fact]
    public void A_secret_gives_the_same_key_for_ever()
    {
        // Nodes of different versions have the same secret: what is derived from it never changes.
        using ClusterCertificate certificate = ClusterCertificate.FromSecret(Secret);
        byte[] key = certificate.CreateServerOptions().ServerCertificate is X509Certificate2 shown ? shown.PublicKey.ExportSubjectPublicKeyInfo() : [];
        Assert.Equal("7c59cdd89016faede6536121f53a4f70b232c5ebf99d483a4760c1e39d16e40f", Convert.ToHexStringLower(SHA256.HashData(key)));
    }

    [Fact]
    public async Task Expired_certificates_of_one_authority_are_believed_and_others_are_not()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-certificates-").FullName;
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 authority = Authority(authorityKey);
        using ECDsa strangersKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 stranger = Authority(strangersKey);
        await File.WriteAllTextAsync(Path.Combine(folder, "authority.pem"), authority.ExportCertificatePem());
        using ClusterCertificate one = Issue(folder, authority, "one");
        using ClusterCertificate two = Issue(folder, authority, "two");
        using ClusterCertificate foreign = Issue(folder, stranger, "foreign");
        Assert.True(await TalkAsync(one.CreateServerOptions(), two.CreateClientOptions()));
        Assert.False(await TalkAsync(one.CreateServerOptions(), foreign.CreateClientOptions()));
        Assert.False(await TalkAsync(foreign.CreateServerOptions(), one.CreateClientOptions()));
        Directory.Delete(folder, recursive: true);
    }

    private static X509Certificate2 Authority(ECDsa key)
    {
        CertificateRequest request = new("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2003, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private static ClusterCertificate Issue(string folder, X509Certificate2 authority, string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.Create(authority, new DateTimeOffset(2001, 6, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2002, 1, 1, 0, 0, 0, TimeSpan.Zero), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return ClusterCertificate.FromFiles(Path.Combine(folder, $"{name}.pem"), Path.Combine(folder, $"{name}.key"), Path.Combine(folder, "authority.pem"));
    }

    /// <summary>Whether a byte goes there and back.</summary>
    private static async Task<bool> TalkAsync(SslServerAuthenticationOptions serverOptions, SslClientAuthenticationOptions clientOptions)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        Task<bool> serving = ServeAsync();
        bool answered = await AskAsync();
        return await serving && answered;

        async Task<bool> ServeAsync()
        {
            using TcpClient accepted = await listener.AcceptTcpClientAsync(deadline.Token);
            await using SslStream stream = new(accepted.GetStream());
            return await SucceedsAsync(async () =>
            {
                await stream.AuthenticateAsServerAsync(serverOptions, deadline.Token);
                byte[] one = new byte[1];
                await stream.ReadExactlyAsync(one, deadline.Token);
                await stream.WriteAsync(one, deadline.Token);
            });
        }

        async Task<bool> AskAsync()
        {
            using TcpClient client = new();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, deadline.Token);
            await using SslStream stream = new(client.GetStream());
            return await SucceedsAsync(async () =>
            {
                await stream.AuthenticateAsClientAsync(clientOptions, deadline.Token);
                await stream.WriteAsync(new byte[1], deadline.Token);
                await stream.ReadExactlyAsync(new byte[1], deadline.Token);
            });
        }
    }

    private static async Task<bool> SucceedsAsync(Func<Task> talk)
    {
        try
        {
            await talk();
            return true;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return false;
        }
    }
}
