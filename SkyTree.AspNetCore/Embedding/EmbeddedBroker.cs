using Microsoft.AspNetCore.Diagnostics;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Hosting;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>
/// The broker within an application: a host of its own, with its own services, server and pipeline, so that nothing of what either has
/// registered means anything to the other. They share the log, the clock, the meters and what the application has registered for the broker.
/// </summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly Lazy<WebApplication> _host;
    private volatile bool _isGoing;
    private RequestDelegate? _pipeline;

    public EmbeddedBroker(IServiceProvider application, SkyTreeHostOptions options) => _host = new Lazy<WebApplication>(() =>
    {
        WebApplication host = EmbeddedHost.Build(application, options);
        // What the application's requests go through is what those of the broker's own listeners do.
        host.Use(next => _pipeline = next);
        if (options.RoleOf is not null)
        {
            host.UseApplicationUsers();
        }

        host.MapSkyTreeParts();
        return host;
    });

    /// <summary>The broker's own services. Asked for the first time, it takes its ports.</summary>
    /// <exception cref="StartUpException">Its configuration is wrong, or its ports are not to be had.</exception>
    public IServiceProvider Services => _host.Value.Services;

    /// <summary>Starts it.</summary>
    /// <param name="application">The application's life: what ends the broker from within ends the application.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartUpException">It cannot start.</exception>
    public async Task StartAsync(IHostApplicationLifetime application, CancellationToken cancellationToken)
    {
        WebApplication host = _host.Value;
        host.Lifetime.ApplicationStopping.Register(application.StopApplication);
        await host.StartAsync(cancellationToken);
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SkyTree.Listeners");
        foreach (string address in host.Services.GetRequiredService<ActiveListeners>().All.SelectMany(listener => listener.Addresses))
        {
            Log.Listening(logger, address);
        }
    }

    /// <summary>Ends pages and the connections of clients. The application's own code can still publish.</summary>
    /// <param name="cancellationToken">Ends the patience with clients that do not go.</param>
    public async Task SendAwayAsync(CancellationToken cancellationToken)
    {
        if (!_host.IsValueCreated)
        {
            return; // it could not start
        }

        Services.GetRequiredService<Readiness>().IsReady = false;
        Services.GetRequiredService<ActiveListeners>().CloseGates();
        _isGoing = true;
        _host.Value.Lifetime.StopApplication();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(Services.GetRequiredService<SkyTreeOptions>().Mqtt.ShutdownSeconds));
        await Services.GetRequiredService<Broker>().CloseClientsAsync(patience.Token);
    }

    /// <summary>Stops it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _host.IsValueCreated ? _host.Value.StopAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Answers a request of the application's endpoints.</summary>
    /// <param name="context">The application's context of it.</param>
    /// <param name="pathBase">What of its path is not the broker's.</param>
    /// <param name="path">What is.</param>
    public async Task ServeAsync(HttpContext context, PathString pathBase, PathString path)
    {
        if (_pipeline is not { } pipeline || _isGoing)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
        {
            pages.Enabled = false; // the broker has its own
        }

        (PathString askedBase, PathString asked) = (context.Request.PathBase, context.Request.Path);
        (context.Request.PathBase, context.Request.Path) = (pathBase, path);
        try
        {
            await using AsyncServiceScope scope = Services.CreateAsyncScope();
            await pipeline(new ForwardedRequest(context).ToBroker(scope.ServiceProvider));
        }
        finally
        {
            (context.Request.PathBase, context.Request.Path) = (askedBase, asked);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host.IsValueCreated)
        {
            await _host.Value.DisposeAsync();
        }

    }
}
