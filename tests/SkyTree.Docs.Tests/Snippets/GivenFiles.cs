using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SkyTree.Docs.Tests.Snippets;

/// <summary>Files that a configuration of the documentation names and that its readers have.</summary>
internal static class GivenFiles
{
    /// <summary>Writes one of the kind that its name says.</summary>
    public static void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Path.GetExtension(path) switch
        {
            ".pem" or ".crt" or ".key" => Certificate(),
            _ when path.EndsWith("connection", StringComparison.Ordinal) => "Server=127.0.0.1;Database=plant;User=skytree;Password=secret",
            _ => new string('s', 44),
        });
    }

    private static string Certificate()
    {
        using ECDsa key = ECDsa.Create();
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
