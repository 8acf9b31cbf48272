using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SkyTree.AspNetCore.Health;

/// <summary>Answers how the program is, with the reasons: for callers who have shown who they are. Others are told yes or no.</summary>
/// <param name="checks">Runs the checks.</param>
internal sealed class HealthReport(HealthCheckService checks)
{
    /// <summary>Answers.</summary>
    /// <param name="tag">What is asked: <see cref="HealthChecks.Live"/>, <see cref="HealthChecks.Ready"/> or <see cref="HealthChecks.Startup"/>; null: everything.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<HealthAnswer> AskAsync(string? tag, CancellationToken cancellationToken)
    {
        Microsoft.Extensions.Diagnostics.HealthChecks.HealthReport report =
            await checks.CheckHealthAsync(tag is null ? null : check => check.Tags.Contains(tag), cancellationToken);
        return new HealthAnswer(
            report.Status != HealthStatus.Unhealthy,
            [.. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new HealthPart(entry.Key, entry.Value.Status.ToString(), entry.Value.Description))]);
    }
}

/// <summary>How the program is.</summary>
/// <param name="IsHealthy">Whether the answer is yes; what is merely degraded still serves.</param>
/// <param name="Parts">What that consists of.</param>
internal sealed record HealthAnswer(bool IsHealthy, IReadOnlyList<HealthPart> Parts);

/// <summary>A part of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Reason">Why, unless it is healthy.</param>
internal sealed record HealthPart(string Name, string Status, string? Reason);
