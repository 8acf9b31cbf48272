using System.Net.Security;
using System.Numerics;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SkyTree.Cluster.Security;

/// <summary>What a node shows the other nodes, and whom it believes: mutual TLS for the replicated log and the peer links alike.</summary>
/// <remarks>
/// <para>With a secret, all nodes derive the same key from it and believe exactly who holds that key. A certificate from files
/// works in the same way if all nodes have the same, or with a certificate authority that signs each node's own.</para>
/// <para>Validity dates are not looked at, so none can bring the cluster down. Names are not looked at either: every holder of the
/// key, or of a certificate of the authority, is a node. That authority must sign nothing else.</para>
/// </remarks>
internal sealed class ClusterCertificate : IDisposable
{
    /// <summary>The fewest characters of a secret.</summary>
    public const int MinimumSecretLength = 16;

    private const string Name = "SkyTree cluster";

    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2? _authority;
    private readonly byte[] _publicKey;

    private ClusterCertificate(X509Certificate2 certificate, X509Certificate2? authority)
    {
        _certificate = certificate;
        _authority = authority;
        _publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Derives the key from a secret. The same secret gives the same key on every node.</summary>
    /// <param name="secret">
    /// At least 16 characters, which should be random: whoever connects sees the public key and can try guesses against it at leisure.
    /// </param>
    /// <returns>The certificate.</returns>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public static ClusterCertificate FromSecret(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length < MinimumSecretLength)
        {
            throw new ArgumentException($"The cluster secret has {secret.Length} characters; it needs at least {MinimumSecretLength}.", nameof(secret));
        }

        using ECDsa key = DeriveKey(secret);
        CertificateRequest request = new($"CN={Name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        return new ClusterCertificate(request.CreateSelfSigned(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero)), authority: null);
    }

    /// <summary>Reads it from PEM files.</summary>
    /// <param name="certificateFile">The certificate.</param>
    /// <param name="keyFile">Its private key, not encrypted.</param>
    /// <param name="authorityFile">The authority that signs all nodes' certificates; null: all nodes have this same one.</param>
    /// <returns>The certificate.</returns>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ClusterCertificate FromFiles(string certificateFile, string keyFile, string? authorityFile = null)
    {
        // TLS on Windows cannot use a key that was read from PEM before it has been exported and read again.
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
        return new ClusterCertificate(certificate, authorityFile is null ? null : X509CertificateLoader.LoadCertificateFromFile(authorityFile));
    }

    /// <summary>Whether a peer is a node of this cluster.</summary>
    /// <param name="certificate">What it has shown and proved to hold the key of; null if nothing.</param>
    /// <returns>Whether to talk to it.</returns>
    public bool Accepts(X509Certificate? certificate)
    {
        if (certificate is null)
        {
            return false;
        }

        using X509Certificate2? copy = certificate is X509Certificate2 ? null : new X509Certificate2(certificate);
        X509Certificate2 shown = copy ?? (X509Certificate2)certificate;
        return _authority is null
            ? CryptographicOperations.FixedTimeEquals(shown.PublicKey.ExportSubjectPublicKeyInfo(), _publicKey)
            : IsSignedByAuthority(shown);
    }

    /// <summary>Options for the side that listens: it asks for the peer's certificate and believes nobody else.</summary>
    /// <returns>New options, to be changed at will.</returns>
    public SslServerAuthenticationOptions CreateServerOptions() => new()
    {
        ServerCertificate = _certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate),
    };

    /// <summary>Options for the side that connects: it shows its certificate and believes nobody else.</summary>
    /// <returns>New options, to be changed at will.</returns>
    public SslClientAuthenticationOptions CreateClientOptions() => new()
    {
        TargetHost = "skytree-cluster",
        ClientCertificates = [_certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _authority?.Dispose();
    }

    private static ECDsa DeriveKey(string secret)
    {
        // 16 bytes more than the key has, so that no key is noticeably likelier than another.
        byte[] material = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), outputLength: 48, salt: "SkyTree cluster"u8.ToArray(), info: "ECDSA P-256 key 1"u8.ToArray());
        BigInteger order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        BigInteger number = (new BigInteger(material, isUnsigned: true, isBigEndian: true) % (order - 1)) + 1;
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] key = new byte[32];
        bytes.CopyTo(key, key.Length - bytes.Length);
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = key });
    }

    private bool IsSignedByAuthority(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }
}
