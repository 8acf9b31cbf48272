using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>What a route needs, as its service judges it: for the documentation, and for the tests that try it.</summary>
/// <param name="Area">What it is about.</param>
/// <param name="Access">Whether it looks or changes.</param>
internal sealed record ApiAccess(AdminArea Area, AdminAccess Access);

/// <summary>Marks a route that looks at <c>If-Match</c>.</summary>
internal sealed class IfMatch;

/// <summary>How routes are described.</summary>
internal static class RouteExtensions
{
    /// <summary>Names and describes a route.</summary>
    public static RouteHandlerBuilder Documented(this RouteHandlerBuilder route, string name, string summary, string description = "") =>
        route.WithName(name).WithSummary(summary).WithDescription(description);

    /// <summary>Says what its service will ask of the caller.</summary>
    public static RouteHandlerBuilder Needs(this RouteHandlerBuilder route, AdminArea area, AdminAccess access) => route.WithMetadata(new ApiAccess(area, access));

    /// <summary>May be used before a password is changed that must be.</summary>
    public static RouteHandlerBuilder BeforePasswordChange(this RouteHandlerBuilder route) => route.WithMetadata(new BeforePasswordChange());

    /// <summary>Looks at <c>If-Match</c>.</summary>
    public static RouteHandlerBuilder Versioned(this RouteHandlerBuilder route) => route.WithMetadata(new IfMatch());

    /// <summary>Takes a body of so many bytes.</summary>
    public static TBuilder BodyUpTo<TBuilder>(this TBuilder route, long bytes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyLimit(bytes));

    private sealed record BodyLimit(long? MaxRequestBodySize) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata;
}
