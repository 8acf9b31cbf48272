using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SkyTree.AspNetCore.Embedding;
using SkyTree.AspNetCore.Observability;
using SkyTree.Core;
using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;

namespace SkyTree.AspNetCore;

/// <summary>Adds the broker to an application.</summary>
public static class SkyTreeHostingExtensions
{
    /// <summary>
    /// Adds the broker: it starts before the application's own services and stops after them. It has its listeners on a server of its own, so
    /// the application's endpoints and limits stay what they are; <see cref="SkyTreeEndpointExtensions.MapSkyTree"/> serves its pages on the
    /// application's. Registers <see cref="ISkyTreeClient"/>, <see cref="Broker"/>, the health checks <c>skytree</c> (tags <c>skytree</c>,
    /// <c>ready</c>) and <c>skytree-live</c> (<c>skytree</c>, <c>live</c>), and, where the application uses OpenTelemetry, its meters and traces. Hooks are added with <see cref="HookServiceCollectionExtensions.AddSkyTreeHook{T}"/>.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of application.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="configure">Sets how it is hosted; null: as the configuration's section <c>SkyTree</c> says. Without listeners there, MQTT is on port 1883 of loopback.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">The application has one already.</exception>
    public static TBuilder AddSkyTree<TBuilder>(this TBuilder builder, Action<SkyTreeHostOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(EmbeddedBroker)))
        {
            throw new InvalidOperationException("AddSkyTree was called before: an application has one broker.");
        }

        SkyTreeHostOptions options = new();
        configure?.Invoke(options);
        services
            .AddSingleton(options)
            .AddSingleton<AuthorizeMemory>()
            .AddSingleton<EmbeddedBroker>()
            .AddSingleton<ISkyTreeClient, EmbeddedClient>()
            .AddSingleton(provider => provider.GetRequiredService<EmbeddedBroker>().Services.GetRequiredService<Broker>())
            .AddHostedService<EmbeddedService>();
        services.AddHealthChecks()
            .Add(EmbeddedHealth.Ready())
            .Add(EmbeddedHealth.Live());
        // Both wait for an application that has a provider; without one they cost nothing.
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(ObservabilityHosting.MeterNames));
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(ObservabilityHosting.SourceName));
        return builder;
    }
}
