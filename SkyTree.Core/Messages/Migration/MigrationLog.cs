using Microsoft.Extensions.Logging;

namespace SkyTree.Core.Messages.Migration;

/// <summary>What a migration says in the log.</summary>
internal sealed partial class MigrationLog(ILogger logger)
{
    [LoggerMessage(1051, LogLevel.Information, "Messages up to offset {Boundary} move from {From} to {To}: {Done} of {Total} are there")]
    public partial void Begun(string from, string to, long boundary, long done, long total);

    [LoggerMessage(1052, LogLevel.Information, "{Done} of {Total} messages have moved from {From} to {To}, {Rate} a second")]
    public partial void Progressed(string from, string to, long done, long total, long rate);

    [LoggerMessage(1053, LogLevel.Information, "All {Done} messages have moved from {From} to {To}. {From} is no longer needed; take MigrateFrom out of the configuration")]
    public partial void Completed(string from, string to, long done);

    [LoggerMessage(1054, LogLevel.Error, "Moving messages from {From} to {To} has stopped after {Done}; it is tried again")]
    public partial void Interrupted(string from, string to, long done, Exception exception);

    [LoggerMessage(1055, LogLevel.Information, "Moving messages from {From} to {To} goes on")]
    public partial void Resumed(string from, string to);

    [LoggerMessage(1056, LogLevel.Information, "Messages have moved from {From} to {To} before. Take MigrateFrom out of the configuration")]
    public partial void DoneBefore(string from, string to);

    [LoggerMessage(1057, LogLevel.Warning, "Moving messages from {From} to {To} is given up: {From} has them all. Empty {To} before they are moved there again")]
    public partial void GivenUp(string from, string to);
}
