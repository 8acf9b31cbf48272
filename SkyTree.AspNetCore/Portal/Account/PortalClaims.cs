using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using SkyTree.AspNetCore.Embedding;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>A sign-in as the framework carries it.</summary>
internal static class PortalClaims
{
    private const string Stamp = "stamp";
    private const string Address = "address";
    private const string MustChange = "must-change";

    public static ClaimsPrincipal Principal(AdminSignIn signIn)
    {
        List<Claim> claims =
        [
            new(ClaimTypes.Name, signIn.Caller.Name),
            new(ClaimTypes.Role, signIn.Caller.Role.ToString()),
            new(Stamp, signIn.Stamp),
        ];
        if (signIn.Caller.Address is { } address)
        {
            claims.Add(new Claim(Address, address));
        }

        if (signIn.MustChangePassword)
        {
            claims.Add(new Claim(MustChange, "true"));
        }

        return new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
    }

    /// <summary>The sign-in as it holds now; null: it does not.</summary>
    public static AdminSignIn? Resume(this AdminAccounts accounts, ClaimsPrincipal user, string? address = null) =>
        user.Identity is ApplicationIdentity application ? application.SignIn
        : user.Identity is { IsAuthenticated: true, Name: { } name } && user.FindFirstValue(Stamp) is { } stamp
            ? accounts.Resume(name, stamp, address ?? user.FindFirstValue(Address))
            : null;

    public static AdminRole RoleOf(ClaimsPrincipal user) =>
        Enum.TryParse(user.FindFirstValue(ClaimTypes.Role), out AdminRole role) ? role : AdminRole.None;

    public static bool MustChangePassword(this ClaimsPrincipal user) => user.HasClaim(claim => claim.Type == MustChange);

    /// <summary>From where, without a port.</summary>
    public static string? RemoteAddress(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;
}
