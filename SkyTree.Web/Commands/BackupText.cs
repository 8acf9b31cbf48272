using System.Globalization;
using SkyTree.Core.Backup;

namespace SkyTree.Web.Commands;

/// <summary>What the commands say of backups.</summary>
internal static class BackupText
{
    private const double Mebibyte = 1024 * 1024;

    public static string Describe(BackupProgress progress, double seconds)
    {
        string bytes = string.Create(CultureInfo.InvariantCulture, $"{progress.Bytes / Mebibyte:F0} of {progress.TotalBytes / Mebibyte:F0} MiB");
        string messages = progress.TotalMessages == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {progress.Messages} of {progress.TotalMessages} messages");
        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{messages}, {seconds:F0} s");
    }

    public static string Describe(BackupManifest manifest) => string.Create(
        CultureInfo.InvariantCulture,
        $"{manifest.Sessions} sessions, {manifest.EmbeddedMessages + manifest.ExportedMessages} messages up to offset {manifest.LastOffset}, of {manifest.CreatedAt:yyyy-MM-ddTHH:mm:ssZ}");
}
