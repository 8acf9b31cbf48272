using System.Security.Claims;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>A signed-in user of the application, with what the application says that they may do here.</summary>
internal sealed class ApplicationIdentity : ClaimsIdentity
{
    private readonly ClaimsPrincipal _user;
    private readonly Func<ClaimsPrincipal, AdminRole> _roleOf;
    private readonly string? _address;

    private ApplicationIdentity(ClaimsPrincipal user, Func<ClaimsPrincipal, AdminRole> roleOf, string? address)
        : base([new Claim(ClaimTypes.Name, NameOf(user)), new Claim(ClaimTypes.Role, roleOf(user).ToString())], ApplicationAuthentication.SchemeName)
    {
        _user = user;
        _roleOf = roleOf;
        _address = address;
    }

    /// <summary>Who it is and may do now.</summary>
    public AdminSignIn SignIn => new(new Caller(Name!, _roleOf(_user), _address), MustChangePassword: false, Stamp: "");

    /// <summary>The user of a request; null: nobody has signed in, or it came in by a listener of the broker's own.</summary>
    /// <param name="context">The broker's context of the request.</param>
    /// <param name="roleOf">What users may do.</param>
    public static ApplicationIdentity? Of(HttpContext context, Func<ClaimsPrincipal, AdminRole> roleOf) =>
        context.Features.Get<ForwardedRequest>() is { Application.User: { Identity.IsAuthenticated: true } user } ? new ApplicationIdentity(user, roleOf, context.RemoteAddress()) : null;

    /// <summary>The same user, with what they may do by now.</summary>
    public ClaimsPrincipal Again() => new(new ApplicationIdentity(_user, _roleOf, _address));

    private static string NameOf(ClaimsPrincipal user) => user.Identity?.Name ?? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue("sub") ?? "user of the application";
}
