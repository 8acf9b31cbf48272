using Microsoft.Extensions.Logging;

namespace SkyTree.Store.RocksDb;

internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "Database {Folder}: opened in {Milliseconds} ms with {Topics} topics, last offset {LastOffset}")]
    public static partial void Opened(ILogger logger, string folder, long milliseconds, int topics, long lastOffset);

    [LoggerMessage(3002, LogLevel.Warning, "Database {Folder}: {File} ended in a write that was under way when the process or the machine stopped; its {Bytes} bytes from {Position} on were cut off. Nobody had been told that it was done")]
    public static partial void TornTailCut(ILogger logger, string folder, string file, long position, long bytes);

    [LoggerMessage(3003, LogLevel.Error, "Database {Folder}: {File} is damaged at byte {Position} of {Size} ({Damage}). It is being salvaged as asked: what was written after the damage is lost")]
    public static partial void Salvaging(ILogger logger, string folder, string file, long position, long size, string damage);

    [LoggerMessage(3004, LogLevel.Error, "Database {Folder}: salvaged up to offset {LastOffset}. Switch SalvageDamagedLog off again")]
    public static partial void Salvaged(ILogger logger, string folder, long lastOffset);

    [LoggerMessage(3005, LogLevel.Error, "Database {Folder}: a write failed: {Reason}")]
    public static partial void WriteFailed(ILogger logger, string folder, string reason);

    [LoggerMessage(3006, LogLevel.Warning, "Database {Folder}: opened again after a failed write, last offset {LastOffset}")]
    public static partial void Mended(ILogger logger, string folder, long lastOffset);

    [LoggerMessage(3007, LogLevel.Information, "Database {Folder}: replaced by a checkpoint in {Milliseconds} ms, now with {Topics} topics, last offset {LastOffset}")]
    public static partial void Replaced(ILogger logger, string folder, long milliseconds, int topics, long lastOffset);

    [LoggerMessage(3008, LogLevel.Warning, "Database {Folder}: was being replaced by a checkpoint when the process or the machine stopped; this was completed")]
    public static partial void ReplacementCompleted(ILogger logger, string folder);
}
