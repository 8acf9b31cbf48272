namespace SkyTree.Bridges;

/// <summary>A client certificate: PEM, or PKCS #12 (<c>.pfx</c>, <c>.p12</c>). It is read for each connection.</summary>
internal sealed record BridgeCertificateOptions
{
    /// <summary>The certificate; empty: none.</summary>
    public string Path { get; init; } = "";

    /// <summary>The private key in PEM; empty: in the file of the certificate.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>A file whose first line is the password of the PKCS #12 file or of the encrypted PEM key; empty: none.</summary>
    public string PasswordPath { get; init; } = "";
}
