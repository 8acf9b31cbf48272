namespace SkyTree.Web.Administration;

internal static partial class Log
{
    [LoggerMessage(2101, LogLevel.Information, "A backup was made: {Messages} messages up to offset {LastOffset}, {Sessions} sessions")]
    public static partial void BackupMade(ILogger logger, long messages, long lastOffset, long sessions);

    [LoggerMessage(2102, LogLevel.Warning, "A backup was not made: {Reason}")]
    public static partial void BackupFailed(ILogger logger, string reason);

    [LoggerMessage(2103, LogLevel.Warning, "There is no socket for backups while the broker runs: {Reason}")]
    public static partial void NoSocket(ILogger logger, string reason);
}
