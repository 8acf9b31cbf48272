using System.Net;

namespace SkyTree.Core.Security;

/// <summary>From where clients without a user name are admitted.</summary>
internal enum AnonymousMode
{
    /// <summary>From this machine's loopback addresses only.</summary>
    Loopback,

    /// <summary>From everywhere.</summary>
    Always,

    /// <summary>From nowhere.</summary>
    Never,
}

/// <summary>
/// Admits clients that give no user name, where the mode allows it, and refuses all others: who claims a name that nobody
/// before it in the chain has confirmed is not taken for anonymous. So it belongs at the end of the chain.
/// </summary>
/// <param name="mode">Says, each time, from where.</param>
/// <param name="ignoreUserNames">
/// Says, each time, whether no user is known at all, so that no name can be right or wrong: it is admitted as anonymous, its name ignored.
/// </param>
internal sealed class AnonymousAuthenticator(Func<AnonymousMode> mode, Func<bool> ignoreUserNames) : IAuthenticator
{
    /// <summary>Creates one that always ignores user names, or never.</summary>
    /// <param name="mode">From where.</param>
    /// <param name="ignoreUserNames">Whether it does.</param>
    public AnonymousAuthenticator(AnonymousMode mode, bool ignoreUserNames = false)
        : this(() => mode, () => ignoreUserNames)
    {
    }

    /// <inheritdoc/>
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool admitted = (request.UserName is null || ignoreUserNames()) && mode() switch
        {
            AnonymousMode.Always => true,
            AnonymousMode.Loopback => request.RemoteEndPoint is IPEndPoint peer && IsLoopback(peer.Address),
            _ => false,
        };
        return new(admitted ? AuthenticationVerdict.AdmitAnonymously : AuthenticationVerdict.Refuse);
    }

    private static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
