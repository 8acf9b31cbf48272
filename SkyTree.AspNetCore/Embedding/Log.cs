namespace SkyTree.AspNetCore.Embedding;

/// <summary>Log messages of a broker within an application.</summary>
internal static partial class Log
{
    [LoggerMessage(3601, LogLevel.Information, "The broker listens at {Address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(3602, LogLevel.Warning, "{Announcement}")]
    public static partial void FirstAccount(ILogger logger, string announcement);
}
