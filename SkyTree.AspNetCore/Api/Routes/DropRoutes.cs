using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>What was dropped, of whom and why.</summary>
internal static class DropRoutes
{
    public static void MapDrops(this RouteGroupBuilder api)
    {
        RouteGroupBuilder drops = api.MapGroup("/drops").WithTags("Drops");
        drops.MapGet("", ListLatestAsync).Needs(AdminArea.Drops, AdminAccess.Read)
            .Documented("listDrops", "The latest drops, latest first", "Each node remembers 4,096. Drops of one kind within a second are one entry.");
        drops.MapGet("/totals", ListTotalsAsync).Needs(AdminArea.Drops, AdminAccess.Read)
            .Documented("listDropTotals", "Totals by client, topic and reason");
        drops.MapGet("/summary", SummarizeAsync).Needs(AdminArea.Drops, AdminAccess.Read)
            .Documented("summarizeDrops", "All drops by reason, since each node has started");
        drops.MapGet("/why", ExplainAsync).Needs(AdminArea.Sessions, AdminAccess.Read).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("explainDelivery", "Why a client did, or did not, get a message", "Step by step: of messages of a topic as they come now, or of one stored message by its offset.");
    }

    private static async Task<Ok<Page<DropEntry>>> ListLatestAsync(
        HttpContext context,
        Broker broker,
        CancellationToken cancellationToken,
        string? clientId = null,
        string? filter = null,
        Choice<DropReason>? reason = null,
        DateTimeOffset? since = null,
        string? cursor = null,
        int limit = 100) =>
        TypedResults.Ok(await broker.Admin.Drops.ListLatestAsync(context.Caller(), Query(clientId, filter, reason?.Value, since), cursor, limit, cancellationToken));

    private static async Task<Ok<Page<DropTotalItem>>> ListTotalsAsync(
        HttpContext context,
        Broker broker,
        CancellationToken cancellationToken,
        string? clientId = null,
        string? filter = null,
        Choice<DropReason>? reason = null,
        DateTimeOffset? since = null,
        string? cursor = null,
        int limit = 100) =>
        TypedResults.Ok(await broker.Admin.Drops.ListTotalsAsync(context.Caller(), Query(clientId, filter, reason?.Value, since), cursor, limit, cancellationToken));

    private static async Task<Ok<DropSummary>> SummarizeAsync(HttpContext context, Broker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Drops.SummarizeAsync(context.Caller(), cancellationToken));

    private static async Task<Ok<DeliveryReport>> ExplainAsync(
        HttpContext context, Broker broker, string clientId, string topic, CancellationToken cancellationToken, long? offset = null) =>
        TypedResults.Ok(await broker.Admin.Deliveries.ExplainAsync(context.Caller(), clientId, topic, offset, cancellationToken));

    private static DropQuery Query(string? clientId, string? filter, DropReason? reason, DateTimeOffset? since) =>
        new() { ClientId = clientId, Filter = filter, Reason = reason, Since = since };
}
