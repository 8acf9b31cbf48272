namespace SkyTree.AspNetCore.Security;

/// <summary>Log messages of who is let in.</summary>
internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Error, "There is no admin account yet, and none can be made: {Reason}")]
    public static partial void NoFirstAccount(ILogger logger, string reason);

    [LoggerMessage(3102, LogLevel.Error, "The key set at {Url} cannot be had: {Reason}")]
    public static partial void NoKeySet(ILogger logger, string url, string reason);

    [LoggerMessage(3103, LogLevel.Error, "The authentication service does not say who may connect: {Reason}")]
    public static partial void HttpFailed(ILogger logger, string reason);

    [LoggerMessage(3104, LogLevel.Error, "The users' database does not say who may connect: {Reason}")]
    public static partial void SqlFailed(ILogger logger, string reason);
}
