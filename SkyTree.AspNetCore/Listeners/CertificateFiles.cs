using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Reads certificates from files.</summary>
internal static class CertificateFiles
{
    /// <summary>The server's certificate with its key, then the intermediates.</summary>
    /// <exception cref="CryptographicException">The files do not hold a certificate and its key.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public static X509Certificate2Collection Load(CertificateOptions options)
    {
        string? password = options.PasswordPath.Length == 0 ? null : File.ReadLines(options.PasswordPath).FirstOrDefault("");
        bool isPkcs12 = Path.GetExtension(options.Path).ToUpperInvariant() is ".PFX" or ".P12";
        return isPkcs12 ? LoadPkcs12(options.Path, password) : LoadPem(options, password);
    }

    private static X509Certificate2Collection LoadPkcs12(string path, string? password)
    {
        X509Certificate2Collection certificates = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
        X509Certificate2 own = certificates.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new CryptographicException($"'{path}' holds no private key");
        certificates.Remove(own);
        certificates.Insert(0, own);
        return certificates;
    }

    private static X509Certificate2Collection LoadPem(CertificateOptions options, string? password)
    {
        string certificatePem = File.ReadAllText(options.Path);
        string keyPem = options.KeyPath.Length == 0 ? certificatePem : File.ReadAllText(options.KeyPath);
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(certificatePem);
        if (certificates.Count == 0)
        {
            throw new CryptographicException($"'{options.Path}' holds no certificate");
        }

        using (X509Certificate2 publicPart = certificates[0])
        {
            certificates[0] = WithKey(publicPart, options, keyPem, password);
        }

        if (OperatingSystem.IsWindows())
        {
            // The TLS of Windows takes no key that lives in memory alone.
            using X509Certificate2 ephemeral = certificates[0];
            certificates[0] = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        }

        return certificates;
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, CertificateOptions options, string keyPem, string? password)
    {
        string keyPath = options.KeyPath.Length == 0 ? options.Path : options.KeyPath;
        if (keyPem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CryptographicException($"the key in '{keyPath}' is encrypted in an old format; 'openssl pkcs8 -topk8' makes PKCS #8 of it");
        }

        bool isEncrypted = keyPem.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);
        if (isEncrypted && password is null)
        {
            throw new CryptographicException($"the key in '{keyPath}' is encrypted, and PasswordPath is not set");
        }

        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CryptographicException($"'{keyPath}' holds no private key");
        }

        try
        {
            string certificatePem = certificate.ExportCertificatePem();
            return isEncrypted
                ? X509Certificate2.CreateFromEncryptedPem(certificatePem, keyPem, password)
                : X509Certificate2.CreateFromPem(certificatePem, keyPem);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            throw new CryptographicException(
                isEncrypted
                    ? $"the key in '{keyPath}' does not belong to the certificate, or PasswordPath holds another password"
                    : $"the key in '{keyPath}' cannot be read or does not belong to the certificate",
                exception);
        }
    }
}
