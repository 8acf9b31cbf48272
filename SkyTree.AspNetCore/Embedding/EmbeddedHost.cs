using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Hooks;
using SkyTree.AspNetCore.Listeners;
using SkyTree.AspNetCore.Security;
using SkyTree.Core.Hooks;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>Builds the broker's host within an application.</summary>
internal static class EmbeddedHost
{
    private const string Root = "SkyTree";
    private const string DefaultFolder = "skytree-data";

    /// <exception cref="StartUpException">The configuration is wrong, or ports are not to be had.</exception>
    public static WebApplication Build(IServiceProvider application, SkyTreeHostOptions options)
    {
        IHostEnvironment environment = application.GetRequiredService<IHostEnvironment>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = environment.ApplicationName,
            EnvironmentName = environment.EnvironmentName,
            ContentRootPath = FilesRoot(environment),
        });
        Configure(builder.Configuration, application.GetRequiredService<IConfiguration>(), options, environment.ContentRootPath);
        SkyTreeOptions broker = builder.Configuration.ReadSkyTree(needsListener: false);
        Share(builder.Services, application);
        builder.AddSkyTreeParts(broker);
        if (options.RoleOf is { } roleOf)
        {
            builder.Services.AddApplicationUsers(new ApplicationRoles(roleOf));
        }

        if (broker.Listeners.Values.All(listener => !listener.Enabled) && !broker.Cluster.Enabled)
        {
            builder.Services.AddSingleton<IServer, NoServer>();
        }

        return builder.Build();
    }

    private static void Configure(IConfigurationManager configuration, IConfiguration application, SkyTreeHostOptions options, string contentRoot)
    {
        configuration.Sources.Clear();
        configuration.AddInMemoryCollection(application.GetSection(options.Section).AsEnumerable(makePathsRelative: true)
            .Select(pair => KeyValuePair.Create($"{Root}:{pair.Key}", pair.Value)));
        configuration.AddInMemoryCollection(options.Settings.Select(pair => KeyValuePair.Create($"{Root}:{pair.Key}", pair.Value)));
        // An application has its data beside it, wherever it was started.
        string data = Path.GetFullPath(configuration[$"{Root}:Data"] is { Length: > 0 } folder ? folder : DefaultFolder, contentRoot);
        Dictionary<string, string?> more = new() { [$"{Root}:Data"] = data };
        if (!configuration.GetSection($"{Root}:Listeners").GetChildren().Any())
        {
            more[$"{Root}:Listeners:mqtt:Kind"] = "Tcp";
        }

        configuration.AddInMemoryCollection(more);
        configuration.Add(new ChangedConfiguration(Path.Combine(data, ChangedConfiguration.FileName)));
    }

    private static void Share(IServiceCollection services, IServiceProvider application)
    {
        EmbeddedLoggers loggers = new(application.GetRequiredService<ILoggerFactory>());
        ILogger log = loggers.CreateLogger("SkyTree.Security");
        services
            .AddSingleton<ILoggerFactory>(loggers)
            .AddSingleton(application.GetService<TimeProvider>() ?? TimeProvider.System)
            .AddSingleton<IHostLifetime, EmbeddedLifetime>()
            .AddSingleton(new FirstAccountNotice(text => Log.FirstAccount(log, text)));
        if (application.GetService<IMeterFactory>() is { } meters)
        {
            services.AddSingleton(meters);
        }

        // Hooks are the application's objects; how long they may take stands in the broker's configuration.
        services
            .AddSingleton(application.GetRequiredService<AuthorizeMemory>())
            .AddSingleton(broker => new HookTypes(
                application.GetServices<HookType>(), broker.GetRequiredService<HookOptions>(), broker.GetRequiredService<AuthorizeMemory>(), application));

        foreach (SinkDefinition sink in application.GetServices<SinkDefinition>())
        {
            services.AddSingleton(sink);
        }
    }

    // Published and started elsewhere, an application may look for its files in the wrong folder.
    private static string FilesRoot(IHostEnvironment environment) =>
        Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot", "_content")) ? AppContext.BaseDirectory : environment.ContentRootPath;
}
