using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>Collects what the broker logs as an error: nothing that a client does may be one.</summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyCollection<string> Errors => _errors;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = formatter(state, exception);
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue($"{message} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
