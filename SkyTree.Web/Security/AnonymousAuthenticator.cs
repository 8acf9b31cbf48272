using System.Net;
using SkyTree.Core.Security;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Security;

/// <summary>Admits clients that do not show who they are, from where that is allowed.</summary>
internal sealed class AnonymousAuthenticator(AnonymousAccess access) : IAuthenticator
{
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        bool isAllowed = request.UserName is null && access switch
        {
            AnonymousAccess.Always => true,
            AnonymousAccess.Loopback => request.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address),
            _ => false,
        };
        return ValueTask.FromResult(isAllowed ? AuthenticationVerdict.Admit : AuthenticationVerdict.Abstain);
    }
}
