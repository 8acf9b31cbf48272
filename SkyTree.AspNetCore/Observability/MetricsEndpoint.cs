using OpenTelemetry.Metrics;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Observability;

/// <summary>Metrics as Prometheus reads them, for whom the authorization policy <see cref="Policy"/> lets.</summary>
internal static class MetricsEndpoint
{
    /// <summary>The path.</summary>
    public const string Path = "/metrics";

    /// <summary>The authorization policy of who may read metrics.</summary>
    public const string Policy = "metrics";

    public static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetService<SkyTreeOptions>() is { Observability.Metrics: true } && app.Services.GetService<MeterProvider>() is not null)
        {
            app.MapPrometheusScrapingEndpoint(Path).RequireAuthorization(Policy);
        }
    }
}
