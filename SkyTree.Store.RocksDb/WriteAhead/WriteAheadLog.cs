using System.Globalization;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb.Native;

namespace SkyTree.Store.RocksDb.WriteAhead;

/// <summary>
/// Looks through the write-ahead log before RocksDB does. RocksDB takes a record whose length was damaged for one that
/// was being written, and drops up to 32 KiB of acknowledged batches without a word; and it takes pages that never
/// reached the disk for damage.
/// </summary>
internal static class WriteAheadLog
{
    /// <summary>Cuts off what was being written when the process or the machine stopped.</summary>
    /// <param name="options">The database, which nobody else has open.</param>
    /// <param name="logger">Is told what was cut off, and in salvage what is damaged.</param>
    /// <returns>Whether it is damaged, and to be salvaged.</returns>
    /// <exception cref="StateDatabaseException">It is damaged, and not to be salvaged.</exception>
    public static bool Mend(RocksDbOptions options, ILogger logger)
    {
        List<FileInfo> files = [.. new DirectoryInfo(options.Folder).EnumerateFiles("*.log").Where(f => f.Length > 0).OrderBy(NumberOf)];
        foreach (FileInfo file in files)
        {
            LogInspection inspection;
            using (LogInspector inspector = new(file.FullName))
            {
                inspection = inspector.Run();
            }

            bool isLast = ReferenceEquals(file, files[^1]);
            if (inspection.Damage is { } damage || (inspection.IsTorn && !isLast))
            {
                string what = inspection.Damage ?? "it ends within a record, and is not the last file";
                if (!options.SalvageDamagedLog)
                {
                    throw Errors.Damaged(options.Folder, $"{file.Name} at byte {inspection.ValidLength} of {file.Length}: {what}");
                }

                Log.Salvaging(logger, options.Folder, file.Name, inspection.ValidLength, file.Length, what);
                return true;
            }

            if (inspection.IsTorn)
            {
                Cut(file, inspection.ValidLength);
                Log.TornTailCut(logger, options.Folder, file.Name, inspection.ValidLength, file.Length - inspection.ValidLength);
            }
        }

        return false;
    }

    /// <summary>The log's bytes in all, about what opening the database again may write.</summary>
    public static long SizeOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*.log").Sum(f => f.Length);

    private static void Cut(FileInfo file, long length)
    {
        using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        stream.SetLength(length);
        stream.Flush(flushToDisk: true);
    }

    private static long NumberOf(FileInfo file) =>
        long.TryParse(Path.GetFileNameWithoutExtension(file.Name), CultureInfo.InvariantCulture, out long number) ? number : -1;
}
