namespace SkyTree.AspNetCore.Api;

/// <summary>Log messages of the HTTP API.</summary>
internal static partial class Log
{
    [LoggerMessage(3401, LogLevel.Error, "{Method} {Path} has failed")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception exception);

    [LoggerMessage(3402, LogLevel.Warning, "A backup for {Caller} has failed: {Reason}")]
    public static partial void BackupFailed(ILogger logger, string caller, string reason);
}
