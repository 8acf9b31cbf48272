using Microsoft.Extensions.Diagnostics.HealthChecks;
using SkyTree.AspNetCore.Health;
using HealthReport = SkyTree.AspNetCore.Health.HealthReport;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>The broker's health among the application's own checks.</summary>
internal sealed class EmbeddedHealth(EmbeddedBroker broker, string tag) : IHealthCheck
{
    private const string Name = "skytree";

    /// <summary>Whether clients can be served.</summary>
    public static HealthCheckRegistration Ready() => Of(Name, HealthChecks.Ready);

    /// <summary>Whether the process had better be started anew.</summary>
    public static HealthCheckRegistration Live() => Of($"{Name}-live", HealthChecks.Live);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthAnswer answer = await broker.Services.GetRequiredService<HealthReport>().AskAsync(tag, cancellationToken);
        HealthPart[] reasons = [.. answer.Parts.Where(part => part.Reason is not null)];
        string? text = reasons.Length == 0 ? null : string.Join("; ", reasons.Select(part => $"{part.Name}: {part.Reason}"));
        return !answer.IsHealthy ? new HealthCheckResult(context.Registration.FailureStatus, text)
            : reasons.Length > 0 ? HealthCheckResult.Degraded(text)
            : HealthCheckResult.Healthy();
    }

    private static HealthCheckRegistration Of(string name, string tag) =>
        new(name, services => new EmbeddedHealth(services.GetRequiredService<EmbeddedBroker>(), tag), null, [Name, tag]);
}
