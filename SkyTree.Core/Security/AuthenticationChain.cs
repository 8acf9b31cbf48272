namespace SkyTree.Core.Security;

/// <summary>The configured authenticators in order, and the enhanced methods by name.</summary>
internal sealed class AuthenticationChain
{
    private readonly IAuthenticator[] _authenticators;
    private readonly long[] _failedAt; // of each: Unix milliseconds, 0 while its last verdict was one
    private readonly Dictionary<string, IAuthenticationMethod> _methods;
    private readonly TimeProvider _time;

    /// <summary>Takes them in their order.</summary>
    public AuthenticationChain(IEnumerable<IAuthenticator> authenticators, IEnumerable<IAuthenticationMethod> methods, TimeProvider time)
    {
        _authenticators = [.. authenticators];
        _failedAt = new long[_authenticators.Length];
        _methods = methods.ToDictionary(m => m.Name, StringComparer.Ordinal);
        _time = time;
    }

    /// <summary>Those that had no verdict since a moment, and none after that either.</summary>
    public IEnumerable<BackendFailure> FailuresSince(DateTimeOffset since)
    {
        for (int i = 0; i < _authenticators.Length; i++)
        {
            if (Volatile.Read(ref _failedAt[i]) is var at and > 0 && at >= since.ToUnixTimeMilliseconds())
            {
                yield return new BackendFailure(_authenticators[i].GetType().Name.Replace("Authenticator", "", StringComparison.Ordinal), DateTimeOffset.FromUnixTimeMilliseconds(at));
            }
        }
    }

    /// <summary>Asks each in order until one has a verdict; none refuses.</summary>
    public async ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        for (int i = 0; i < _authenticators.Length; i++)
        {
            AuthenticationVerdict verdict = await _authenticators[i].AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _failedAt[i], verdict == AuthenticationVerdict.Unavailable ? _time.GetUtcNow().ToUnixTimeMilliseconds() : 0);
            if (verdict != AuthenticationVerdict.Abstain)
            {
                return verdict;
            }
        }

        return AuthenticationVerdict.Refuse;
    }

    /// <summary>Begins an exchange of an enhanced method; null when there is none of that name.</summary>
    public IAuthenticationExchange? Begin(string method, ClientIdentity client) => _methods.GetValueOrDefault(method)?.Begin(client);
}
