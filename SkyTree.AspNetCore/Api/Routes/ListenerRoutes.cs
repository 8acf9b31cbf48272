using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Where clients connect to this node.</summary>
internal static class ListenerRoutes
{
    public static void MapListeners(this RouteGroupBuilder api)
    {
        RouteGroupBuilder listeners = api.MapGroup("/listeners").WithTags("Listeners");
        listeners.MapGet("", List).Needs(AdminArea.Listeners, AdminAccess.Read).Documented("listListeners", "This node's listeners");
        listeners.MapGet("/{name}", Get).Needs(AdminArea.Listeners, AdminAccess.Read).Documented("getListener", "One listener of this node");
        listeners.MapGet("/{name}/connections", ListConnectionsAsync).Needs(AdminArea.Listeners, AdminAccess.Read).Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("listListenerConnections", "Clients that are connected through listeners of this name", "Of all nodes; by client identifier.");
        listeners.MapPost("/{name}/stop", StopAsync).Needs(AdminArea.Listeners, AdminAccess.Write)
            .Documented("stopListener", "Closes a listener of this node", "Nobody is admitted until it is started, or the program is started anew; its port stays taken and who is connected stays. The last one with the HTTP API stays open.");
        listeners.MapPost("/{name}/start", StartAsync).Needs(AdminArea.Listeners, AdminAccess.Write)
            .Documented("startListener", "Opens a listener that was stopped");
    }

    private static Ok<ListenersAnswer> List(HttpContext context, ListenerControl listeners) => TypedResults.Ok(new ListenersAnswer(listeners.List(context.Caller())));

    private static Ok<ListenerItem> Get(HttpContext context, ListenerControl listeners, string name) =>
        TypedResults.Ok(listeners.Get(context.Caller(), context.PathText(nameof(name))));

    private static async Task<Ok<Page<SessionItem>>> ListConnectionsAsync(
        HttpContext context, ListenerControl listeners, string name, CancellationToken cancellationToken, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(await listeners.ListConnectionsAsync(context.Caller(), context.PathText(nameof(name)), cursor, limit, cancellationToken));

    private static async Task<Ok<ListenerItem>> StopAsync(HttpContext context, ListenerControl listeners, string name) =>
        TypedResults.Ok(await listeners.StopAsync(context.Caller(), context.PathText(nameof(name))));

    private static async Task<Ok<ListenerItem>> StartAsync(HttpContext context, ListenerControl listeners, string name) =>
        TypedResults.Ok(await listeners.StartAsync(context.Caller(), context.PathText(nameof(name))));
}

/// <summary>A node's listeners.</summary>
/// <param name="Items">In the order in which they are announced.</param>
internal sealed record ListenersAnswer(IReadOnlyList<ListenerItem> Items);
