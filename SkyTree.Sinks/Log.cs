using Microsoft.Extensions.Logging;

namespace SkyTree.Sinks;

internal static partial class Log
{
    [LoggerMessage(4301, LogLevel.Information, "Sink {Sink} writes to {Target}")]
    public static partial void Begun(ILogger logger, string sink, string target);

    [LoggerMessage(4302, LogLevel.Information, "Sink {Sink} does not run here any more")]
    public static partial void Ended(ILogger logger, string sink);

    [LoggerMessage(4303, LogLevel.Warning, "Sink {Sink} cannot write, and tries again: {Reason}")]
    public static partial void Failed(ILogger logger, string sink, string reason);

    [LoggerMessage(4304, LogLevel.Information, "Sink {Sink} writes again")]
    public static partial void Recovered(ILogger logger, string sink);

    [LoggerMessage(4305, LogLevel.Warning, "Sink {Sink} gives up {Count} messages to {Topic}: {Reason}")]
    public static partial void GivenUp(ILogger logger, string sink, int count, string topic, string reason);

    [LoggerMessage(4306, LogLevel.Warning, "What sink {Sink} gives up is lost: nobody subscribes to {Topic}, and no rule of retention keeps it")]
    public static partial void NobodyHasIt(ILogger logger, string sink, string topic);

    [LoggerMessage(4307, LogLevel.Warning, "Session {ClientId} holds messages for a sink that is not configured; delete the session if nobody wants them")]
    public static partial void Orphan(ILogger logger, string clientId);

    [LoggerMessage(4308, LogLevel.Error, "Looking after sinks has failed")]
    public static partial void HostFailed(ILogger logger, Exception exception);
}
