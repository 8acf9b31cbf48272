namespace SkyTree.AspNetCore.Health;

/// <summary>Health for load balancers and orchestrators: yes or no, and no more, since whoever asks need not show who they are.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        Map(app, HealthChecks.Live, "live\n", "not live\n");
        Map(app, HealthChecks.Ready, "ready\n", "not ready\n");
        Map(app, HealthChecks.Startup, "started\n", "starting\n");
    }

    private static void Map(IEndpointRouteBuilder app, string tag, string yes, string no) =>
        app.MapGet($"/health/{tag}", async (HealthReport report, HttpContext context) =>
        {
            HealthAnswer answer = await report.AskAsync(tag, context.RequestAborted);
            return Results.Text(answer.IsHealthy ? yes : no, statusCode: answer.IsHealthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
}
