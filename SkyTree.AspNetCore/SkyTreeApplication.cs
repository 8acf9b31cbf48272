using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Api;
using SkyTree.AspNetCore.Api.Documentation;
using SkyTree.AspNetCore.Clustering;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Embedding;
using SkyTree.AspNetCore.Health;
using SkyTree.AspNetCore.Hooks;
using SkyTree.AspNetCore.Hosting;
using SkyTree.AspNetCore.Listeners;
using SkyTree.AspNetCore.Memory;
using SkyTree.AspNetCore.Observability;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Rules;
using SkyTree.AspNetCore.Security;
using SkyTree.AspNetCore.Sinks;
using SkyTree.AspNetCore.Storage;
using SkyTree.Bridges;
using SkyTree.Cluster;
using SkyTree.Core;
using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;
using SkyTree.Core.Rewriting;
using SkyTree.Core.Security;

namespace SkyTree.AspNetCore;

/// <summary>The parts of the broker, put together for a web application that is nothing else: the program's, or the one within another application.</summary>
internal static class SkyTreeApplication
{
    /// <summary>The broker and its listeners, as the configuration says.</summary>
    public static WebApplicationBuilder AddSkyTreeParts(this WebApplicationBuilder builder) => builder.AddSkyTreeParts(builder.Configuration.ReadSkyTree());

    /// <summary>The broker and its listeners.</summary>
    public static WebApplicationBuilder AddSkyTreeParts(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        DataFolder.Prepare(options.Data);
        return builder.AddListeners(options).AddRestored(options).AddCluster(options).AddBroker(options).AddRules(options).AddSinks(options).AddApi(options).AddPortal().AddObservability(options);
    }

    /// <summary>The listeners; whom they serve is the registered <see cref="ConnectionServer"/>.</summary>
    public static WebApplicationBuilder AddListeners(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        ActiveListeners listeners = ActiveListeners.Open(options, TimeProvider.System);
        builder.Services
            .AddSingleton(options)
            .AddSingleton(options.Http)
            .AddSingleton(_ => listeners)
            .AddSingleton<BlockPool>()
            .AddSingleton<WebSocketEndpoint>()
            .AddSingleton<Readiness>()
            .AddHealth()
            .AddRouting();
        builder.WebHost
            .UseKestrel(kestrel => KestrelListeners.Configure(kestrel, listeners))
            .UseSockets(sockets => KestrelListeners.ConfigureSockets(sockets, listeners));
        // After UseKestrel, which registers a factory of its own: the last one counts.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
        return builder;
    }

    /// <summary>Puts in place a backup that was staged for this start. After the listeners: who has their ports has the folder.</summary>
    private static WebApplicationBuilder AddRestored(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        StagedRestore staged = new(options.Data);
        builder.Services
            .AddSingleton(staged)
            .AddSingleton(new AppliedRestore(options is { Cluster.Enabled: false, Store.Provider: not StoreProvider.Memory } ? staged.Apply() : null));
        return builder;
    }

    /// <summary>The broker, who may use it, and its start and stop with the program.</summary>
    public static WebApplicationBuilder AddBroker(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        // Within an application, these are the application's.
        builder.Services.TryAddSingleton<AuthorizeMemory>();
        builder.Services.TryAddSingleton<HookTypes>();
        builder.Services
            .AddClientSecurity(options)
            .AddSingleton(options.Mqtt)
            .AddSingleton(services =>
            {
                BrokerStorage storage = Storage.Storage.Create(options, services.GetRequiredService<ILoggerFactory>());
                return services.GetService<ClusterNode>()?.Replicate(storage) ?? storage;
            })
            .AddSingleton(services => new Broker(
                options.Mqtt,
                services.GetServices<IAuthenticator>(),
                services.GetServices<IAuthenticationMethod>(),
                services.GetRequiredService<IAuthorizer>(),
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILoggerFactory>(),
                services.GetRequiredService<BrokerStorage>(),
                services.GetService<BrokerSecurity>(),
                services.GetService<IMeterFactory>(),
                services.GetRequiredService<HookRegistrations>(),
                services.GetService<ITopicRewriter>()))
            .AddSingleton(options.Hooks)
            .AddSingleton(services => services.GetRequiredService<HookTypes>().Create())
            // Hooks may have it, and the broker is made with its hooks.
            .AddSingleton<ISkyTreeClient>(services => new SkyTreeClient(services.GetRequiredService<Broker>))
            .AddSingleton<ConnectionServer>(services => services.GetRequiredService<Broker>().ServeAsync)
            .AddBrokerHealth()
            .AddHostedService<BrokerService>()
            .AddHostedService<RestoreReport>()
            .AddHostedService<FirstAccount>()
            .AddHostedService<AttentionSources>()
            .AddHostedService<AdminSocket>()
            .AddHostedService(services => ActivatorUtilities.CreateInstance<BridgeService>(services, options.Bridges))
            // Kestrel's own stop comes after the broker's and needs a moment more.
            .Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Mqtt.ShutdownSeconds + 2));
        return builder;
    }

    /// <summary>MQTT over WebSocket, health, and the pages.</summary>
    public static WebApplication MapSkyTreeParts(this WebApplication app)
    {
        app.MapCluster();
        app.UseWebSockets();
        app.Map(WebSocketEndpoint.Path, branch => branch.Run(app.Services.GetRequiredService<WebSocketEndpoint>().InvokeAsync));
        app.Use(PageListenersOnlyAsync);
        bool hasBroker = app.Services.GetService<Broker>() is not null;
        if (hasBroker)
        {
            app.UseApiErrors();
            app.UseDocumentationHeaders();
            app.UsePortalPages();
        }

        app.UseRouting();
        if (hasBroker)
        {
            app.UsePortalSignIn();
            app.UseApiCallers();
            app.MapApi();
            app.MapPortal();
        }

        app.MapHealth();
        app.MapMetrics();
        return app;
    }

    /// <summary>Keeps pages off listeners that are for MQTT alone, and off the threads of sockets: what builds pages may block.</summary>
    private static async Task PageListenersOnlyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<ActiveListener>() is not { Options.Web: true } && context.Features.Get<ForwardedRequest>() is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await next(context);
    }
}
