using SkyTree.Core.Security;

namespace SkyTree.Web.Security;

/// <summary>Admits clients whose user name a verified certificate has proved.</summary>
internal sealed class CertificateAuthenticator : IAuthenticator
{
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        => ValueTask.FromResult(request.CertificateVerified ? AuthenticationVerdict.Admit : AuthenticationVerdict.Abstain);
}
