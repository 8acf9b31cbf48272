using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyTree.Cluster.Peers;

namespace SkyTree.Cluster.Tests.Peers;

/// <summary>An authority whose certificates the nodes of one cluster have.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public TestAuthority()
    {
        CertificateRequest request = new("CN=Test cluster", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>What a node has that presents a certificate of this authority and trusts one.</summary>
    /// <param name="trusted">Whose nodes it talks to; null: this authority's.</param>
    public IPeerSecurity Issue(TestAuthority? trusted = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=node", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.Create(
            _authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        return new Security(certificate.CopyWithPrivateKey(key), (trusted ?? this)._authority);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private sealed class Security(X509Certificate2 own, X509Certificate2 authority) : IPeerSecurity
    {
        private readonly SslStreamCertificateContext _context = SslStreamCertificateContext.Create(own, [authority], offline: true);

        public SslServerAuthenticationOptions ForServer() => new()
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = IsTrusted,
        };

        public SslClientAuthenticationOptions ForClient(PeerAddress peer) => new()
        {
            TargetHost = "node",
            ClientCertificateContext = _context,
            RemoteCertificateValidationCallback = IsTrusted,
        };

        private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is not X509Certificate2 presented)
            {
                return false;
            }

            using X509Chain own = new();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            own.ChainPolicy.CustomTrustStore.Add(authority);
            return own.Build(presented);
        }
    }
}
