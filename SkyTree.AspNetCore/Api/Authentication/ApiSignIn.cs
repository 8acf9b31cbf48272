using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Authentication;

/// <summary>Who a request is from.</summary>
/// <param name="Caller">Who, as the services judge it.</param>
/// <param name="Way">How they have shown it.</param>
/// <param name="MustChangePassword">Whether they must choose a password before anything else.</param>
/// <param name="Again">Who it is by now, by what they showed then; null: it no longer holds.</param>
internal sealed record ApiSignIn(Caller Caller, ApiSignInWay Way, bool MustChangePassword, Func<Caller?> Again);

/// <summary>How a caller has shown who they are.</summary>
internal enum ApiSignInWay
{
    /// <summary>Name and password of an account.</summary>
    Password,

    /// <summary>An API key.</summary>
    ApiKey,

    /// <summary>A token of a login.</summary>
    Token,

    /// <summary>The portal's cookie, which a browser sends on its own.</summary>
    Cookie,
}

/// <summary>Finds the caller of a request.</summary>
internal static class ApiCallers
{
    /// <summary>Who the request is from; there is one behind the policy <see cref="ApiAuthentication.Policy"/>.</summary>
    public static Caller Caller(this HttpContext context) => context.SignIn().Caller;

    /// <summary>How the request's caller has shown who they are.</summary>
    public static ApiSignIn SignIn(this HttpContext context) => context.Features.Get<ApiSignIn>() ?? throw new InvalidOperationException("The route does not ask for a caller.");

    /// <summary>The address that a request is from, without a port.</summary>
    public static string? CallerAddress(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;
}
