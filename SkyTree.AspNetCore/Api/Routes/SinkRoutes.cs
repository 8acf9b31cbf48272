using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>What takes messages to other systems.</summary>
internal static class SinkRoutes
{
    public static void MapSinks(this RouteGroupBuilder api)
    {
        RouteGroupBuilder sinks = api.MapGroup("/sinks").WithTags("Sinks");
        sinks.MapGet("", ListAsync).Needs(AdminArea.Sinks, AdminAccess.Read)
            .Documented("listSinks", "What takes messages to other systems, and how far each is", "Counters are those of the node that runs the sink, since it began to.");
        sinks.MapGet("/{name}", GetAsync).Needs(AdminArea.Sinks, AdminAccess.Read).Documented("getSink", "One sink");
        sinks.MapPost("/{name}/pause", PauseAsync).Needs(AdminArea.Sinks, AdminAccess.Write)
            .Documented("pauseSink", "Pauses a sink", "It stays so over restarts and on other nodes; its messages wait.");
        sinks.MapPost("/{name}/resume", ResumeAsync).Needs(AdminArea.Sinks, AdminAccess.Write)
            .Documented("resumeSink", "Lets a sink go on that was paused");
    }

    private static async Task<Ok<SinksAnswer>> ListAsync(HttpContext context, SinkAdmin sinks, CancellationToken cancellationToken) =>
        TypedResults.Ok(new SinksAnswer(await sinks.ListAsync(context.Caller(), cancellationToken)));

    private static async Task<Ok<SinkStatus>> GetAsync(HttpContext context, SinkAdmin sinks, string name, CancellationToken cancellationToken) =>
        TypedResults.Ok(await sinks.GetAsync(context.Caller(), context.PathText(nameof(name)), cancellationToken));

    private static async Task<Ok<SinkStatus>> PauseAsync(HttpContext context, SinkAdmin sinks, string name, CancellationToken cancellationToken) =>
        TypedResults.Ok(await sinks.PauseAsync(context.Caller(), context.PathText(nameof(name)), cancellationToken));

    private static async Task<Ok<SinkStatus>> ResumeAsync(HttpContext context, SinkAdmin sinks, string name, CancellationToken cancellationToken) =>
        TypedResults.Ok(await sinks.ResumeAsync(context.Caller(), context.PathText(nameof(name)), cancellationToken));
}

/// <summary>Sinks.</summary>
/// <param name="Items">By name.</param>
internal sealed record SinksAnswer(IReadOnlyList<SinkStatus> Items);
