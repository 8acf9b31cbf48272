namespace SkyTree.Core.Security;

/// <summary>Admits clients whose user name a verified client certificate proves, and abstains on all others.</summary>
internal sealed class CertificateAuthenticator : IAuthenticator
{
    /// <inheritdoc/>
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool proved = request.CertificateVerified && !string.IsNullOrEmpty(request.UserName);
        return new(proved ? AuthenticationVerdict.Admit : AuthenticationVerdict.Abstain);
    }
}
