using Microsoft.Extensions.Logging.Console;
using SkyTree.Web.Configuration;
using SkyTree.Web.Hosting;

namespace SkyTree.Web;

/// <summary>What the program is built on: its configuration and its log.</summary>
internal static class SkyTreeProgram
{
    /// <summary>The name as which the program is a service of Windows.</summary>
    public const string WindowsServiceName = "SkyTree";

    /// <summary>A builder with nothing but the configuration and a log on standard error; standard output is for the listening lines.</summary>
    public static WebApplicationBuilder CreateBuilder(CommandLine commandLine)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(SkyTreeProgram).Assembly.GetName().Name,
            ContentRootPath = ContentRoot(),
        });
        builder.Configuration.UseSkyTreeSources(commandLine);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        // Before the console is added, which binds Logging:Console: what the configuration says counts more.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Simple);
        builder.Services.Configure<SimpleConsoleFormatterOptions>(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Services.Configure<JsonConsoleFormatterOptions>(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        builder.Logging.AddConsole();
        // It would log a failed start with its stack; SkyTreeHost tells the operator the reason.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // The same for a readiness probe: who asks is answered, and the causes are logged where they are found.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // A terminal that is slow must not stop the threads of sockets; what is dropped is counted in the log.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.AddSingleton(TimeProvider.System);
        // Changes nothing unless the service manager of Windows has started the process; that of Linux is told by SkyTreeHost.
        builder.Services.AddWindowsService(service => service.ServiceName = WindowsServiceName);
        return builder;
    }

    /// <summary>Where pages' files lie: with the program when it was published, else in the source.</summary>
    private static string ContentRoot()
        => !Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot")) && ConfigurationSources.SourceFolder() is { } source
            ? Path.Combine(source, "SkyTree.Web")
            : AppContext.BaseDirectory;
}
