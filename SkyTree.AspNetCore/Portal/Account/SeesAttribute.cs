using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>A page that is shown to those alone who may see its area, by its address too.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SeesAttribute : AuthorizeAttribute
{
    /// <summary>Creates one.</summary>
    /// <param name="area">What the page is about.</param>
    public SeesAttribute(AdminArea area)
        : base(PolicyOf(area)) => Area = area;

    /// <summary>What the page is about.</summary>
    public AdminArea Area { get; }

    internal static string PolicyOf(AdminArea area) => $"sees:{area}";

    internal static bool Allows(ClaimsPrincipal user, AdminArea area) => PortalClaims.RoleOf(user) >= Caller.RequiredRole(area, AdminAccess.Read);
}
