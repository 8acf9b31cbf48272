using Microsoft.Extensions.Logging.Abstractions;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>The application's log for the broker, without what the framework tells of a host within a host.</summary>
internal sealed class EmbeddedLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    private static readonly string[] s_silent = ["Microsoft.Hosting.Lifetime", "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.DataProtection"];

    public ILogger CreateLogger(string categoryName) =>
        s_silent.Any(silent => categoryName.StartsWith(silent, StringComparison.Ordinal)) ? NullLogger.Instance : loggers.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log is the application's.");

    public void Dispose()
    {
        // It is the application's.
    }
}
