using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Who looks at the pages of this circuit or request: what pages give to the services of <c>Broker.Admin</c>.</summary>
/// <param name="state">Who has signed in.</param>
/// <param name="broker">Who knows what that may do now.</param>
public sealed class PortalUser(AuthenticationStateProvider state, Broker broker)
{
    private static readonly ClaimsPrincipal s_nobody = new(new ClaimsIdentity());

    /// <summary>Who it is, with the role that the account has now; with <see cref="AdminRole.None"/> when the sign-in no longer holds.</summary>
    public Caller Caller => SignIn?.Caller ?? new Caller(Principal.Identity?.Name ?? "nobody", AdminRole.None, null);

    /// <summary>Whether they may do something: what they may not is not offered. The services judge again.</summary>
    /// <param name="area">What it is about.</param>
    /// <param name="access">Whether it looks or changes.</param>
    public bool May(AdminArea area, AdminAccess access) => Caller.May(area, access);

    private AdminSignIn? SignIn => broker.Admin.Accounts.Resume(Principal);

    // Once a circuit or a request has begun, this is known.
    private ClaimsPrincipal Principal => state.GetAuthenticationStateAsync() is { IsCompletedSuccessfully: true, Result.User: { } user } ? user : s_nobody;
}
