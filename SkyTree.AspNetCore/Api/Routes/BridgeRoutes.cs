using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Bridges;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Bridges to other brokers.</summary>
internal static class BridgeRoutes
{
    public static void MapBridges(this RouteGroupBuilder api)
    {
        RouteGroupBuilder bridges = api.MapGroup("/bridges").WithTags("Bridges");
        bridges.MapGet("", ListAsync).Needs(AdminArea.Bridges, AdminAccess.Read)
            .Documented("listBridges", "All bridges by name", "Each as the node has it that runs it; what it counts, it counts since that node was started.");
        bridges.MapGet("/{name}", GetAsync).Needs(AdminArea.Bridges, AdminAccess.Read).Documented("getBridge", "One bridge");
        bridges.MapPost("/{name}/pause", PauseAsync).Needs(AdminArea.Bridges, AdminAccess.Write)
            .Documented("pauseBridge", "Pauses a bridge until it is resumed", "On whichever node runs it, and across restarts. What is to be sent at QoS 1 and 2 waits in the log.");
        bridges.MapPost("/{name}/resume", ResumeAsync).Needs(AdminArea.Bridges, AdminAccess.Write).Documented("resumeBridge", "Has a paused bridge go on");
    }

    private static async Task<Ok<BridgeList>> ListAsync(HttpContext context, Broker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Bridges.ListAsync(context.Caller(), cancellationToken));

    private static async Task<Ok<BridgeItem>> GetAsync(HttpContext context, Broker broker, string name, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Bridges.GetAsync(context.Caller(), context.PathText(nameof(name)), cancellationToken));

    private static async Task<NoContent> PauseAsync(HttpContext context, Broker broker, string name)
    {
        await broker.Admin.Bridges.PauseAsync(context.Caller(), context.PathText(nameof(name)));
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ResumeAsync(HttpContext context, Broker broker, string name)
    {
        await broker.Admin.Bridges.ResumeAsync(context.Caller(), context.PathText(nameof(name)));
        return TypedResults.NoContent();
    }
}
