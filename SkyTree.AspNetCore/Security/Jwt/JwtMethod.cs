using SkyTree.Core.Security;

namespace SkyTree.AspNetCore.Security.Jwt;

/// <summary>
/// Tokens by enhanced authentication: the data of CONNECT, and later of AUTH, is the token. So a client that stays connected shows a
/// newer one before its own expires.
/// </summary>
/// <param name="tokens">Who judges them.</param>
internal sealed class JwtMethod(JwtAuthenticator tokens) : IAuthenticationMethod
{
    public string Name => "JWT";

    public IAuthenticationExchange Begin() => throw new NotSupportedException("a token may be of one client alone");

    public IAuthenticationExchange Begin(ClientIdentity client) => new Exchange(tokens, client.ClientId);

    private sealed class Exchange(JwtAuthenticator tokens, string clientId) : IAuthenticationExchange
    {
        public async ValueTask<AuthenticationStep> NextAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            (AuthenticationVerdict verdict, ClientGrant? grant) = await tokens.JudgeAsync(data, clientId, cancellationToken);
            return verdict switch
            {
                AuthenticationVerdict.Admit => new AuthenticationStep(AuthenticationOutcome.Succeeded, null, grant!.UserName) { Grant = grant },
                AuthenticationVerdict.Unavailable => new AuthenticationStep(AuthenticationOutcome.Unavailable),
                _ => new AuthenticationStep(AuthenticationOutcome.Failed),
            };
        }
    }
}
