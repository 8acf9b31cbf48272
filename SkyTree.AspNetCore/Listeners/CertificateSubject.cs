using System.Security.Cryptography.X509Certificates;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>The user name that a client certificate stands for.</summary>
internal static class CertificateSubject
{
    private const string CommonName = "2.5.4.3";

    /// <summary>The common name; null when there is none, or more than one to choose from.</summary>
    public static string? UserName(X509Certificate2 certificate)
    {
        List<X500RelativeDistinguishedName> names =
        [
            .. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == CommonName),
        ];
        return names is [var only] && only.GetSingleElementValue() is { Length: > 0 } value ? value : null;
    }
}
