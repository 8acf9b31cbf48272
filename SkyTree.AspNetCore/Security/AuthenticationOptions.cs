using SkyTree.AspNetCore.Security.Http;
using SkyTree.AspNetCore.Security.Jwt;
using SkyTree.AspNetCore.Security.Sql;

namespace SkyTree.AspNetCore.Security;

/// <summary>How clients show who they are (configuration section <c>SkyTree:Authentication</c>).</summary>
internal sealed record AuthenticationOptions
{
    /// <summary>Who is asked, in this order, until one has an answer; empty: Certificate, BuiltIn. Anonymous access comes last, by itself.</summary>
    public IReadOnlyList<AuthenticationBackend> Order { get; init; } = [];

    /// <summary>Tokens as passwords.</summary>
    public JwtOptions Jwt { get; init; } = new();

    /// <summary>Users in a database.</summary>
    public SqlOptions Sql { get; init; } = new();

    /// <summary>A service that is asked over HTTP.</summary>
    public HttpAuthenticationOptions Http { get; init; } = new();

    /// <summary>The order that counts.</summary>
    public IReadOnlyList<AuthenticationBackend> Backends() => Order.Count > 0 ? Order : [AuthenticationBackend.Certificate, AuthenticationBackend.BuiltIn];
}

/// <summary>Who may be asked.</summary>
internal enum AuthenticationBackend
{
    /// <summary>The client's certificate, where the listener takes its name from there.</summary>
    Certificate,

    /// <summary>Users of the configuration and those made in the portal.</summary>
    BuiltIn,

    /// <summary>A token as password.</summary>
    Jwt,

    /// <summary>Users in a database.</summary>
    Sql,

    /// <summary>A service over HTTP.</summary>
    Http,
}
