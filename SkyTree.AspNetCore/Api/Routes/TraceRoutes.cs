using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Tracing;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Recordings of packets.</summary>
internal static class TraceRoutes
{
    public static void MapTraces(this RouteGroupBuilder api)
    {
        RouteGroupBuilder traces = api.MapGroup("/traces").WithTags("Traces");
        traces.MapGet("", ListAsync).Needs(AdminArea.Trace, AdminAccess.Read).Documented("listTraces", "Recordings, latest first");
        traces.MapPost("", StartAsync).Needs(AdminArea.Trace, AdminAccess.Write)
            .Documented("startTrace", "Records the packets of a client, a topic filter or an address for a while", "At least one of clientId, filter and address. Passwords are never recorded.");
        traces.MapPost("/{id:guid}/stop", StopAsync).Needs(AdminArea.Trace, AdminAccess.Write).Documented("stopTrace", "Ends a recording; what it has stays");
        traces.MapGet("/{id:guid}/download", DownloadAsync).Needs(AdminArea.Trace, AdminAccess.Write)
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Documented("downloadTrace", "A recording as text, one packet a line", "It holds the beginnings of payloads, so to look at traces is not enough.");
        traces.MapDelete("/{id:guid}", DeleteAsync).Needs(AdminArea.Trace, AdminAccess.Write).Documented("deleteTrace", "Ends a recording and forgets it");
    }

    private static async Task<Ok<TracesAnswer>> ListAsync(HttpContext context, Broker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(new TracesAnswer(await broker.Admin.Traces.ListAsync(context.Caller(), cancellationToken)));

    private static async Task<Created<TraceItem>> StartAsync(HttpContext context, Broker broker, TraceRequest request, CancellationToken cancellationToken)
    {
        TraceItem trace = await broker.Admin.Traces.StartAsync(context.Caller(), request, cancellationToken);
        return TypedResults.Created($"/api/v1/traces/{trace.Id}/download", trace);
    }

    private static async Task<NoContent> StopAsync(HttpContext context, Broker broker, Guid id, CancellationToken cancellationToken)
    {
        await broker.Admin.Traces.StopAsync(context.Caller(), id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, Guid id, CancellationToken cancellationToken)
    {
        await broker.Admin.Traces.DeleteAsync(context.Caller(), id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<ContentHttpResult> DownloadAsync(HttpContext context, Broker broker, Guid id, CancellationToken cancellationToken)
    {
        string text = await broker.Admin.Traces.DownloadAsync(context.Caller(), id, cancellationToken);
        context.Response.Headers.ContentDisposition = $"attachment; filename=trace-{id:N}.txt";
        return TypedResults.Content(text, "text/plain", Encoding.UTF8);
    }
}

/// <summary>Recordings.</summary>
/// <param name="Items">Those first that were begun last.</param>
internal sealed record TracesAnswer(IReadOnlyList<TraceItem> Items);
