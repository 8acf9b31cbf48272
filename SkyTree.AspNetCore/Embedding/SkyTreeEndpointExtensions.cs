using SkyTree.AspNetCore.Api;
using SkyTree.AspNetCore.Embedding;
using SkyTree.AspNetCore.Listeners;

namespace SkyTree.AspNetCore;

/// <summary>Serves the broker's pages on an application's endpoints.</summary>
public static class SkyTreeEndpointExtensions
{
    private const string Rest = "path";
    private const string Health = "/health";

    /// <summary>
    /// Serves the portal, the HTTP API and MQTT over WebSocket. They ask who somebody is themselves; an authorization policy that the application
    /// has for all endpoints, or puts on these, comes before that.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">Below which path the portal is, with the API at <c>{prefix}/api/v1</c> and <c>/docs</c>, <c>/metrics</c>, <c>/health</c> beside it.</param>
    /// <param name="configure">Sets what is served; null: all of it.</param>
    /// <returns>For what is to hold for all of these endpoints: a host, a policy.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SkyTreeHostingExtensions.AddSkyTree"/> was not called.</exception>
    public static IEndpointConventionBuilder MapSkyTree(this IEndpointRouteBuilder endpoints, string prefix = "/skytree", Action<SkyTreeEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        EmbeddedBroker broker = endpoints.ServiceProvider.GetService<EmbeddedBroker>()
            ?? throw new InvalidOperationException("There is no broker to map: call builder.AddSkyTree() first.");
        SkyTreeEndpointOptions options = new();
        configure?.Invoke(options);
        EndpointConventions conventions = new();
        string root = prefix.TrimEnd('/');
        if (options.Portal)
        {
            conventions.Add(endpoints.Map($"{root}/{{**{Rest}}}", context => ServeAsync(context, broker, options, own: 1)));
        }
        else if (options.Api)
        {
            foreach (string path in ApiHosting.Paths.Append(Health))
            {
                conventions.Add(endpoints.Map($"{root}{path}/{{**{Rest}}}", context => ServeAsync(context, broker, options, own: 2)));
            }
        }

        if (options.WebSocketPath is { } webSocket)
        {
            conventions.Add(endpoints.Map(webSocket, context => broker.ServeAsync(context, context.Request.PathBase, WebSocketEndpoint.Path)));
        }

        return conventions;
    }

    private static Task ServeAsync(HttpContext context, EmbeddedBroker broker, SkyTreeEndpointOptions options, int own)
    {
        (PathString root, PathString rest) = Split(context, own);
        if (!rest.HasValue)
        {
            // Addresses on pages are relative to the folder that this is.
            context.Response.Redirect($"{context.Request.PathBase}{root}/{context.Request.QueryString}");
            return Task.CompletedTask;
        }

        bool isServed = ApiHosting.IsApi(rest) ? options.Api : !rest.StartsWithSegments(WebSocketEndpoint.Path) || options.WebSocketPath is not null;
        if (!isServed)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return broker.ServeAsync(context, context.Request.PathBase + root, rest);
    }

    // The last segments of the route are the broker's own; the prefix may have parameters, and a group around it a prefix of its own.
    private static (PathString Root, PathString Path) Split(HttpContext context, int own)
    {
        int segments = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments.Count - own;
        string asked = context.Request.Path.Value ?? "";
        int end = 0;
        for (; segments > 0 && end < asked.Length; segments--)
        {
            int next = asked.IndexOf('/', end + 1);
            end = next < 0 ? asked.Length : next;
        }

        return (asked[..end], asked[end..]);
    }
}
