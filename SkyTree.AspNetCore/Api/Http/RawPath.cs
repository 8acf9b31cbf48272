using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>
/// Parameters of the path as they were sent. The server leaves an encoded slash encoded and decodes the rest, so that its
/// own values cannot tell <c>%2F</c> from <c>%252F</c>; topics and client identifiers may hold both.
/// </summary>
internal static class RawPath
{
    /// <summary>A parameter of the path, decoded once.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">The parameter's name; a catch-all has all that follows.</param>
    /// <exception cref="AdminException">The path was not sent in the form that it means.</exception>
    public static string PathText(this HttpContext context, string name)
    {
        IReadOnlyList<RoutePatternPathSegment> pattern = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments;
        int index = Enumerable.Range(0, pattern.Count).First(i => pattern[i].Parts is [RoutePatternParameterPart part] && part.Name == name);
        bool isCatchAll = ((RoutePatternParameterPart)pattern[index].Parts[0]).IsCatchAll;
        string[] sent = Path(context.Features.Get<IHttpRequestFeature>()!.RawTarget).Split('/');
        string[] seen = (context.Request.Path.Value ?? "").Split('/');

        // What comes before may have been sent, or put there by a proxy that has taken it away.
        int before = sent.Length - seen.Length;
        if (before > 0 && before == (context.Request.PathBase.Value ?? "").Count(c => c == '/'))
        {
            sent = sent[before..];
        }

        // Dots were resolved, or the target was not the path: positions would mean something else.
        if (sent.Length != seen.Length)
        {
            throw new AdminException(AdminError.Invalid, "bad_path", "The path has '.' or '..' segments; encode them otherwise or leave them out.");
        }

        string text = Uri.UnescapeDataString(isCatchAll ? string.Join('/', sent[(index + 1)..]) : sent[index + 1]);
        return text.Length > 0 ? text : throw new AdminException(AdminError.Invalid, "bad_path", $"{name} is empty.");
    }

    private static string Path(string target)
    {
        int end = target.IndexOf('?', StringComparison.Ordinal);
        string path = end < 0 ? target : target[..end];
        if (path.StartsWith('/'))
        {
            return path;
        }

        int scheme = path.IndexOf("://", StringComparison.Ordinal);
        int slash = scheme < 0 ? -1 : path.IndexOf('/', scheme + 3);
        return slash < 0 ? "/" : path[slash..];
    }
}
