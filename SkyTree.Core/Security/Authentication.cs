using System.Net;
using SkyTree.Core.Listeners;

namespace SkyTree.Core.Security;

/// <summary>What a client shows of itself in CONNECT.</summary>
internal sealed class AuthenticationRequest
{
    /// <summary>The client identifier; already assigned when the client left it to the server.</summary>
    public required string ClientId { get; init; }

    /// <summary>The user name of CONNECT, or the subject of the client certificate where that is configured; null: none given.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, or null.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>True when <see cref="UserName"/> was proved by a client certificate that the listener has verified.</summary>
    public bool CertificateVerified { get; init; }

    /// <summary>The client's address.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>The listener that accepted the connection.</summary>
    public required Listener Listener { get; init; }

    /// <summary>What the authenticator that admits says besides; set by it, before it answers.</summary>
    public ClientGrant? Grant { get; set; }
}

/// <summary>The answer of an authenticator.</summary>
internal enum AuthenticationVerdict
{
    /// <summary>Not its concern; the next one in the chain is asked. A chain that ends so refuses.</summary>
    Abstain,

    /// <summary>Admitted, as the user that was named.</summary>
    Admit,

    /// <summary>Admitted without a user name: one that was given is not proved and does not count.</summary>
    AdmitAnonymously,

    /// <summary>Refused: bad user name or password (0x86).</summary>
    Refuse,

    /// <summary>It could not be found out; refused as Server unavailable (0x88), never admitted.</summary>
    Unavailable,
}

/// <summary>One link of the authentication chain.</summary>
internal interface IAuthenticator
{
    /// <summary>Judges what a client shows. Must not throw for anything that a client can send.</summary>
    /// <param name="request">What the client shows.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or its time is up.</param>
    ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken);
}

/// <summary>An enhanced authentication method (MQTT 5.0, 4.12): a factory of exchanges.</summary>
internal interface IAuthenticationMethod
{
    /// <summary>The method's name as in CONNECT, for example <c>SCRAM-SHA-256</c>.</summary>
    string Name { get; }

    /// <summary>Begins an exchange.</summary>
    IAuthenticationExchange Begin();

    /// <summary>Begins an exchange with a client, for a method that must know which.</summary>
    /// <param name="client">The client as it is known before: of CONNECT, its user name is not proved yet.</param>
    IAuthenticationExchange Begin(ClientIdentity client) => Begin();
}

/// <summary>One exchange of an enhanced authentication, used by one connection at a time.</summary>
internal interface IAuthenticationExchange
{
    /// <summary>Takes the client's data and answers. Must not throw for anything that a client can send.</summary>
    /// <param name="data">The Authentication Data; empty when there is none.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or its time is up.</param>
    ValueTask<AuthenticationStep> NextAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}

/// <summary>The server's side of one step.</summary>
/// <param name="Outcome">Continue, or the end.</param>
/// <param name="Data">Data for the client, or null; sent with AUTH when continuing, with CONNACK or AUTH at success.</param>
/// <param name="UserName">At success: who it is.</param>
internal readonly record struct AuthenticationStep(AuthenticationOutcome Outcome, ReadOnlyMemory<byte>? Data = null, string? UserName = null)
{
    /// <summary>At success: what is to be said besides.</summary>
    public ClientGrant? Grant { get; init; }
}

/// <summary>What one step of an exchange came to.</summary>
internal enum AuthenticationOutcome
{
    /// <summary>The client must answer the data.</summary>
    Continue,

    /// <summary>Admitted.</summary>
    Succeeded,

    /// <summary>Refused: 0x87 Not authorized.</summary>
    Failed,

    /// <summary>It could not be found out: 0x88 Server unavailable.</summary>
    Unavailable,
}
