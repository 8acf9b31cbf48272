using RocksDbSharp;
using SkyTree.Core.Replication;

namespace SkyTree.Store.RocksDb.Native;

/// <summary>Turns what RocksDB says into what a person can act on.</summary>
internal static class Errors
{
    public static StateDatabaseException Translate(RocksDbException exception, string folder)
    {
        string said = exception.Message;
        if (Contains(said, "No space left") || Contains(said, "NoSpace") || Contains(said, "Disk quota exceeded"))
        {
            return DiskFull(folder, exception);
        }

        if (Contains(said, "Corruption"))
        {
            return Damaged(folder, said, exception);
        }

        if (Contains(said, "lock"))
        {
            return InUse(folder, exception);
        }

        if (Contains(said, "Permission denied") || Contains(said, "Read-only file system") || Contains(said, "Operation not permitted"))
        {
            return NotWritable(folder, exception);
        }

        return new StateDatabaseException($"The database in '{folder}' failed: {said}", exception);
    }

    public static StateDatabaseException DiskFull(string folder, Exception? cause) =>
        new($"The disk that holds the database in '{folder}' is full. Make room; writing goes on then without a restart.", cause) { IsDiskFull = true };

    public static StateDatabaseException Damaged(string folder, string what, Exception? cause = null) =>
        new(
            $"The database in '{folder}' is damaged: {what}. Nothing of it was changed. Restore the folder from a backup, or on a cluster's node "
            + "delete it and let the node fetch a copy from the others. If only the write-ahead log is damaged (a file that ends in .log), the option "
            + "SalvageDamagedLog opens it with what was written before the damage; acknowledged messages after it are lost. Copy the folder first.",
            cause);

    public static StateDatabaseException InUse(string folder, Exception? cause) =>
        new($"The database in '{folder}' is in use by another process. Stop that one, or give this one a folder of its own.", cause);

    public static StateDatabaseException NotWritable(string folder, Exception? cause) =>
        new($"The database's folder '{folder}' cannot be written ({cause?.Message}). Give the user that runs this program the right to write there.", cause);

    private static bool Contains(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
