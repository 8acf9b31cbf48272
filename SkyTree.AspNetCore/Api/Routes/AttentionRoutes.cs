using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>What needs attention.</summary>
internal static class AttentionRoutes
{
    public static void MapAttention(this RouteGroupBuilder api) =>
        api.MapGet("/attention", ListAsync).WithTags("Stats").Needs(AdminArea.Stats, AdminAccess.Read)
            .Documented("listAttention", "What needs attention on all nodes, the worst first", "Nodes that are away, lag or have no leader, disks, stores and backends that fail, certificates that expire. There is one page; it is empty when all is well.");

    private static async Task<Ok<Page<Concern>>> ListAsync(HttpContext context, Broker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Attention.ListAsync(context.Caller(), cancellationToken));
}
