namespace SkyTree.AspNetCore.Portal.Shared;

internal static partial class Log
{
    [LoggerMessage(3503, LogLevel.Error, "The portal's list {List} could not be fetched.")]
    public static partial void ListFailed(this ILogger logger, string list, Exception exception);
}
