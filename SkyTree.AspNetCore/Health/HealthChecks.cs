using Microsoft.Extensions.Diagnostics.HealthChecks;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Hosting;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Health;

/// <summary>What health consists of, and where it is asked for.</summary>
internal static class HealthChecks
{
    /// <summary>Tag of what must hold, or the process had better be started anew.</summary>
    public const string Live = "live";

    /// <summary>Tag of what must hold for clients to be sent here.</summary>
    public const string Ready = "ready";

    /// <summary>Tag of what holds once the process has started.</summary>
    public const string Startup = "startup";

    // A step takes a quarter of a second; a machine that was suspended needs a moment.
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(30);

    /// <summary>The checks of the program itself, and who runs them.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthReport>();
        services.AddHealthChecks()
            .Add(new HealthCheckRegistration("started", Check((Readiness readiness) => readiness.HasStarted, "the program is starting"), null, [Startup]))
            .Add(new HealthCheckRegistration("accepting", Check((Readiness readiness) => readiness.IsReady, "the program is starting or stopping"), null, [Ready]));
        return services;
    }

    /// <summary>The checks of the broker.</summary>
    public static IServiceCollection AddBrokerHealth(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .Add(new HealthCheckRegistration("clock", Check((BrokerHealth health) => health.SinceLastStep < s_longestStep, "keep-alives and expiries are not looked at any more"), null, [Live]))
            .Add(new HealthCheckRegistration("cluster", Check((BrokerHealth health) => health.IsServing, "the node is not in touch with its cluster, or has not caught up"), null, [Ready]))
            .Add(new HealthCheckRegistration("drain", Check((BrokerHealth health) => !health.IsDraining, "clients are sent to other servers"), null, [Ready]))
            .Add(new HealthCheckRegistration("database", services => new BrokerCheck(services, CheckDatabase), null, [Ready]))
            .Add(new HealthCheckRegistration("disk", services => new BrokerCheck(services, health => CheckDisk(health, services)), null, [Ready]))
            .Add(new HealthCheckRegistration("external-store", services => new BrokerCheck(services, CheckExternalStore), null, [Ready]));
        return services;
    }

    private static HealthCheckResult CheckDatabase(BrokerHealth health)
    {
        if (health.DatabaseError is { } error)
        {
            return HealthCheckResult.Unhealthy($"the database cannot be read: {error}");
        }

        return health is { IsFull: true, IsDiskShort: false }
            ? HealthCheckResult.Unhealthy("nothing more can be stored: memory or the outbox is full, or the database cannot be written")
            : HealthCheckResult.Healthy();
    }

    private static HealthCheckResult CheckDisk(BrokerHealth health, IServiceProvider services)
    {
        SkyTreeOptions options = services.GetRequiredService<SkyTreeOptions>();
        return health.IsDiskShort
            ? HealthCheckResult.Unhealthy($"the disk of '{options.Data}' has less than its reserve of {options.Store.FreeSpaceReserveMegabytes} MiB")
            : HealthCheckResult.Healthy();
    }

    // What it does not take waits, safely, in the outbox; when that is full the database says so.
    private static HealthCheckResult CheckExternalStore(BrokerHealth health) => health.ExternalStoreError is { } error
        ? HealthCheckResult.Degraded($"the external store does not take messages: {error}")
        : HealthCheckResult.Healthy();

    private static Func<IServiceProvider, IHealthCheck> Check(Func<Readiness, bool> holds, string otherwise) => services =>
        new SimpleCheck(() => holds(services.GetRequiredService<Readiness>()) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(otherwise));

    private static Func<IServiceProvider, IHealthCheck> Check(Func<BrokerHealth, bool> holds, string otherwise) => services =>
        new BrokerCheck(services, health => holds(health) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(otherwise));

    private sealed class SimpleCheck(Func<HealthCheckResult> check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(check());
    }

    private sealed class BrokerCheck(IServiceProvider services, Func<BrokerHealth, HealthCheckResult> check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(check(services.GetRequiredService<Broker>().Health));
    }
}
