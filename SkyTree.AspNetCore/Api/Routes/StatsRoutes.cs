using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Stats;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Counters and charts.</summary>
internal static class StatsRoutes
{
    public static void MapStats(this RouteGroupBuilder api)
    {
        api.MapGet("/stats", NowAsync).WithTags("Stats").Needs(AdminArea.Stats, AdminAccess.Read)
            .Documented("getStats", "What all nodes have counted since they started, and have now");
        api.MapGet("/stats/chart", ChartAsync).WithTags("Stats").Needs(AdminArea.Stats, AdminAccess.Read)
            .Documented("getChart", "A chart of the last hour, day or week", "range: hour (steps of 10 seconds), day (a minute) or week (10 minutes). node: of one node only.");
    }

    private static async Task<Ok<StatsNow>> NowAsync(HttpContext context, Broker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Stats.NowAsync(context.Caller(), cancellationToken));

    private static async Task<Ok<StatChart>> ChartAsync(HttpContext context, Broker broker, CancellationToken cancellationToken, Choice<StatRange>? range = null, Guid? node = null) =>
        TypedResults.Ok(await broker.Admin.Stats.ChartAsync(context.Caller(), range.Or(), node, cancellationToken));
}
