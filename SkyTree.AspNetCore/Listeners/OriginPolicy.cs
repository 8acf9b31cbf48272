using System.Net;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>
/// Which pages may open WebSockets. A browser connects from its user's machine, so that any page in it could use what
/// the broker permits to that address; the Origin header, which pages cannot forge, tells whose page it is.
/// </summary>
internal static class OriginPolicy
{
    public static bool Allows(HttpContext context, IReadOnlyList<string> allowed)
    {
        string? origin = context.Request.Headers.Origin;
        if (string.IsNullOrEmpty(origin) || allowed.Contains("*"))
        {
            // Only browsers send it.
            return true;
        }

        return allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && (uri.IsLoopback || IsOwn(context, uri)));
    }

    /// <summary>Whether an HTTP proxy passed the request on.</summary>
    public static bool IsForwarded(HttpRequest request)
        => request.Headers.ContainsKey("X-Forwarded-For") || request.Headers.ContainsKey("Forwarded");

    /// <summary>
    /// The broker's own pages. Not on loopback: there a foreign name that resolves to 127.0.0.1 would make a foreign page
    /// look like one of them.
    /// </summary>
    private static bool IsOwn(HttpContext context, Uri origin)
        => origin.Authority.Equals(context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)
            && (IsForwarded(context.Request) || context.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote));
}
