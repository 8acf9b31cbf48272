using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Writes what nodes log to a file that SKYTREE_TEST_LOG names, for who looks for the cause of a failure.</summary>
internal sealed class FileLoggers(string file, int node) : ILoggerFactory
{
    private static readonly Lock Writing = new();

    public ILogger CreateLogger(string categoryName) => new Logger(file, node, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Logger(string file, int node, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (Writing)
                {
                    File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {node} {logLevel} {category.Split('.')[^1]} {formatter(state, exception)} {exception}\n"));
                }
            }
        }
    }
}
