using Microsoft.Extensions.Logging;
using SkyTree.Store.Redis;

namespace SkyTree.Store.Tests.Redis;

/// <summary>Keeps what a store logs.</summary>
internal sealed class LogLines : ILogger<RedisMessageStore>
{
    private readonly List<(int Id, LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<string> Warnings => [.. Lines.Where(l => l.Level >= LogLevel.Warning).Select(l => l.Text)];

    public IReadOnlyList<(int Id, LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((eventId.Id, logLevel, formatter(state, exception)));
        }
    }
}
