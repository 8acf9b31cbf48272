using Microsoft.Extensions.Logging;

namespace SkyTree.Bridges;

/// <summary>Log messages of bridges.</summary>
internal static partial class Log
{
    [LoggerMessage(4201, LogLevel.Information, "Bridge {Bridge} is connected to {Server}.")]
    public static partial void Connected(ILogger logger, string bridge, string server);

    [LoggerMessage(4202, LogLevel.Warning, "Bridge {Bridge}: {Reason} It is tried again in {Seconds:0.0} s.")]
    public static partial void Failed(ILogger logger, string bridge, string reason, double seconds);

    [LoggerMessage(4203, LogLevel.Warning, "Bridge {Bridge} does not pass messages on: {Reason} This is said once a minute at most.")]
    public static partial void Refused(ILogger logger, string bridge, string reason);

    [LoggerMessage(4204, LogLevel.Error, "Bridge {Bridge} has met what it does not know.")]
    public static partial void Unexpected(ILogger logger, string bridge, Exception exception);
}
