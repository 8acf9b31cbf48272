namespace SkyTree.Core.Security;

/// <summary>The configured authenticators in order, and the enhanced methods by name.</summary>
internal sealed class AuthenticationChain(IEnumerable<IAuthenticator> authenticators, IEnumerable<IAuthenticationMethod> methods)
{
    private readonly IAuthenticator[] _authenticators = [.. authenticators];
    private readonly Dictionary<string, IAuthenticationMethod> _methods = methods.ToDictionary(m => m.Name, StringComparer.Ordinal);

    /// <summary>Asks each in order until one has a verdict; none refuses.</summary>
    public async ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        foreach (IAuthenticator authenticator in _authenticators)
        {
            AuthenticationVerdict verdict = await authenticator.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
            if (verdict != AuthenticationVerdict.Abstain)
            {
                return verdict;
            }
        }

        return AuthenticationVerdict.Refuse;
    }

    /// <summary>Begins an exchange of an enhanced method; null when there is none of that name.</summary>
    public IAuthenticationExchange? Begin(string method) => _methods.GetValueOrDefault(method)?.Begin();
}
