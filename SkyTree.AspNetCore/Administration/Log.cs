namespace SkyTree.AspNetCore.Administration;

internal static partial class Log
{
    [LoggerMessage(2101, LogLevel.Information, "A backup was made: {Messages} messages up to offset {LastOffset}, {Sessions} sessions")]
    public static partial void BackupMade(ILogger logger, long messages, long lastOffset, long sessions);

    [LoggerMessage(2102, LogLevel.Warning, "A backup was not made: {Reason}")]
    public static partial void BackupFailed(ILogger logger, string reason);

    [LoggerMessage(2104, LogLevel.Warning, "The backup of {CreatedAt:O} that {Caller} had staged was put in place: {Sessions} sessions, {Messages} messages. What was there before is in the data folder's restore/previous")]
    public static partial void Restored(ILogger logger, DateTimeOffset createdAt, string caller, long sessions, long messages);

    [LoggerMessage(2103, LogLevel.Warning, "There is no socket for backups while the broker runs: {Reason}")]
    public static partial void NoSocket(ILogger logger, string reason);
}
