using System.ComponentModel.DataAnnotations;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>Where a server certificate lies: PEM, or PKCS #12 (<c>.pfx</c>, <c>.p12</c>).</summary>
internal sealed record CertificateOptions
{
    /// <summary>The certificate, in PEM followed by its intermediates.</summary>
    public string Path { get; init; } = "";

    /// <summary>The private key in PEM; empty: in the file of the certificate.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>A file whose first line is the password of the PKCS #12 file or of the encrypted PEM key; empty: none.</summary>
    public string PasswordPath { get; init; } = "";

    /// <summary>Seconds between two looks whether the files have changed, 1 to 86,400; 0: none.</summary>
    [Range(0, 86_400)]
    public int ReloadSeconds { get; init; } = 10;
}
