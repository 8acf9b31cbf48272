using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using SkyTree.Core;
using SkyTree.Web.Administration;
using SkyTree.Web.Configuration;
using SkyTree.Web.Hosting;
using SkyTree.Web.Listeners;
using SkyTree.Web.Memory;
using SkyTree.Web.Pages;
using SkyTree.Web.Security;

namespace SkyTree.Web;

/// <summary>The parts of the program, for <c>Program.cs</c> to put together.</summary>
internal static class SkyTreeApplication
{
    /// <summary>A builder with nothing but the configuration and a log on standard error; standard output is for the listening lines.</summary>
    public static WebApplicationBuilder CreateBuilder(CommandLine commandLine)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(SkyTreeApplication).Assembly.GetName().Name,
            ContentRootPath = ContentRoot(),
        });
        builder.Configuration.UseSkyTreeSources(commandLine);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        // It would log a failed start with its stack; SkyTreeHost tells the operator the reason.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // A terminal that is slow must not stop the threads of sockets; what is dropped is counted in the log.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>The broker and its listeners.</summary>
    public static WebApplicationBuilder AddSkyTree(this WebApplicationBuilder builder)
    {
        SkyTreeOptions options = builder.Configuration.ReadSkyTree();
        DataFolder.Prepare(options.Data);
        return builder.AddListeners(options).AddBroker(options);
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
            .AddRouting();
        builder.WebHost
            .UseKestrel(kestrel => KestrelListeners.Configure(kestrel, listeners))
            .UseSockets(sockets => KestrelListeners.ConfigureSockets(sockets, listeners));
        // After UseKestrel, which registers a factory of its own: the last one counts.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
        return builder;
    }

    /// <summary>The broker, who may use it, and its start and stop with the program.</summary>
    public static WebApplicationBuilder AddBroker(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        builder.Services
            .AddClientSecurity(options)
            .AddSingleton(options.Mqtt)
            .AddSingleton(services => Storage.Storage.Create(options, services.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<Broker>()
            .AddSingleton<ConnectionServer>(services => services.GetRequiredService<Broker>().ServeAsync)
            .AddHostedService<BrokerService>()
            .AddHostedService<AdminSocket>()
            // Kestrel's own stop comes after the broker's and needs a moment more.
            .Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Mqtt.ShutdownSeconds + 2));
        return builder;
    }

    /// <summary>MQTT over WebSocket, health, and the pages.</summary>
    public static WebApplication MapSkyTree(this WebApplication app)
    {
        app.UseWebSockets();
        app.Map(WebSocketEndpoint.Path, branch => branch.Run(app.Services.GetRequiredService<WebSocketEndpoint>().InvokeAsync));
        app.Use(PageListenersOnlyAsync);
        app.UseRouting();
        app.MapGet("/", HomePage.Show);
        app.MapGet("/health/live", () => "live\n");
        app.MapGet("/health/ready", (Readiness readiness)
            => readiness.IsReady ? Results.Text("ready\n") : Results.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        return app;
    }

    /// <summary>Keeps pages off listeners that are for MQTT alone, and off the threads of sockets: what builds pages may block.</summary>
    private static async Task PageListenersOnlyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<ActiveListener>() is not { Options.Web: true })
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await next(context);
    }

    /// <summary>Where pages' files lie: with the program when it was published, else in the source.</summary>
    private static string ContentRoot()
        => !Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot")) && ConfigurationSources.SourceFolder() is { } source
            ? Path.Combine(source, "SkyTree.Web")
            : AppContext.BaseDirectory;
}
