using System.Security.Claims;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>Registered where the application's users are those of the portal and the HTTP API.</summary>
/// <param name="Of">What a user may do.</param>
internal sealed record ApplicationRoles(Func<ClaimsPrincipal, AdminRole> Of);
