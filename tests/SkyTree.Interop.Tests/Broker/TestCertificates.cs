using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>An authority of the tests' own, and a certificate of it for this machine, as PEM files.</summary>
internal sealed class TestCertificates
{
    private readonly string _folder;
    private readonly X509Certificate2 _issuer; // the authority with its key

    public TestCertificates(string folder)
    {
        _folder = folder;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=SkyTree test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _issuer = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));

        Authority = X509CertificateLoader.LoadCertificate(_issuer.RawData);
        AuthorityPath = Path.Combine(folder, "authority.pem");
        File.WriteAllText(AuthorityPath, _issuer.ExportCertificatePem());

        (CertificatePath, KeyPath) = IssueServer("localhost", IPAddress.Loopback);
    }

    public X509Certificate2 Authority { get; }

    public string AuthorityPath { get; }

    public string CertificatePath { get; }

    public string KeyPath { get; }

    /// <summary>A certificate for a client, and its key.</summary>
    public (string CertificatePath, string KeyPath) IssueClient(string name) => Issue(name, $"CN={name}", "1.3.6.1.5.5.7.3.2");

    /// <summary>A certificate for a server of this name, and its key.</summary>
    public (string CertificatePath, string KeyPath) IssueServer(string name, IPAddress? address = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (address is not null)
        {
            names.AddIpAddress(address);
        }

        return Issue(name, $"CN={name}", "1.3.6.1.5.5.7.3.1", names.Build());
    }

    private (string CertificatePath, string KeyPath) Issue(string file, string subject, string usage, params X509Extension[] extensions)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        foreach (X509Extension extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuer, true, false));
        using X509Certificate2 certificate = request.Create(_issuer, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        (string certificatePath, string keyPath) = (Path.Combine(_folder, file + ".pem"), Path.Combine(_folder, file + ".key"));
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (certificatePath, keyPath);
    }
}
