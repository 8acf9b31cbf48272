using System.Net;
using System.Security.Cryptography.X509Certificates;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Finds out who a client is, before the authenticators of the configuration are asked: the first hook that admits or refuses decides, and
/// if none does, they do. Clients with an enhanced authentication method (MQTT 5.0, 4.12) show who they are by that; hooks are not asked.
/// </summary>
public interface IAuthenticateHook
{
    /// <summary>Judges what a client shows of itself.</summary>
    /// <param name="attempt">What it shows.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<AuthenticateAnswer> OnAuthenticateAsync(AuthenticateAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>What a client shows of itself in CONNECT.</summary>
public sealed class AuthenticateAttempt
{
    /// <summary>The client identifier; already assigned when the client left it to the server.</summary>
    public required string ClientId { get; init; }

    /// <summary>The user name of CONNECT, or the subject of the client certificate where that is configured; null: none given.</summary>
    public string? UserName { get; init; }

    /// <summary>The password; null: none given. Not to be kept.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>The client certificate that the listener has verified; null: none was shown. It lives as long as the connection.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The client's address; null: it has none.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>The name of the listener.</summary>
    public required string Listener { get; init; }

    /// <summary>The protocol version.</summary>
    public ProtocolVersion Version { get; init; }

    /// <summary>The User Properties of CONNECT.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
