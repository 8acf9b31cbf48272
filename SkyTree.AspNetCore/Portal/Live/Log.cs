namespace SkyTree.AspNetCore.Portal.Live;

internal static partial class Log
{
    [LoggerMessage(3501, LogLevel.Warning, "A page of the portal failed to take new values.")]
    public static partial void BeatFailed(this ILogger logger, Exception exception);
}
