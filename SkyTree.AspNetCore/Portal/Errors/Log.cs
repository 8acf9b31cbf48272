namespace SkyTree.AspNetCore.Portal.Errors;

internal static partial class Log
{
    [LoggerMessage(3502, LogLevel.Error, "A page of the portal failed.")]
    public static partial void PageFailed(this ILogger logger, Exception exception);
}
