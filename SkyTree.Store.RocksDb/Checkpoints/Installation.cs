using SkyTree.Core.Backup;
using SkyTree.Store.RocksDb.WriteAhead;

namespace SkyTree.Store.RocksDb.Checkpoints;

/// <summary>Puts a checkpoint's files in the place of a database's. Whatever interrupts it, the next start goes on with it.</summary>
/// <remarks>
/// <para>The checkpoint's folder is moved into the database's, under a name that says what is to be done: from that one
/// rename on, the checkpoint is the database. Then the old files are deleted, the folder gets a second name, and its files are
/// moved up. Each half may be done again, since under the first name no new file lies among the old ones, and under the second no
/// old one is left.</para>
/// <para>Before each step the disk has the one before it: a write-ahead log of the old database among the new files
/// would be replayed into them.</para>
/// </remarks>
internal static class Installation
{
    /// <summary>The checkpoint, while the old files are being deleted.</summary>
    internal const string ReplacingName = "skytree.replacing";

    /// <summary>The checkpoint, while its files are being moved up.</summary>
    internal const string ArrivingName = "skytree.arriving";

    /// <summary>Decides for the checkpoint. The database may be open.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="folder">The database's folder, in the same file system, with no installation under way.</param>
    /// <exception cref="IOException">Nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">Nothing was changed.</exception>
    public static void Begin(string checkpoint, string folder) => Directory.Move(checkpoint, Path.Combine(folder, ReplacingName));

    /// <summary>Completes what was begun, if anything was. The database is closed.</summary>
    /// <param name="folder">The database's folder.</param>
    /// <returns>Whether anything was.</returns>
    /// <exception cref="IOException">It is to be tried again.</exception>
    /// <exception cref="UnauthorizedAccessException">It is to be tried again.</exception>
    public static bool Finish(string folder)
    {
        string replacing = Path.Combine(folder, ReplacingName);
        string arriving = Path.Combine(folder, ArrivingName);
        bool wasBegun = false;
        if (Directory.Exists(replacing))
        {
            wasBegun = true;
            FolderSync.Flush(folder);
            foreach (string old in FilesOf(folder))
            {
                File.Delete(old);
            }

            FolderSync.Flush(folder);
            Directory.Move(replacing, arriving);
        }

        if (Directory.Exists(arriving))
        {
            wasBegun = true;
            FolderSync.Flush(folder);
            foreach (string file in FilesOf(arriving))
            {
                File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }

            FolderSync.Flush(folder);
            Directory.Delete(arriving, recursive: true);
        }

        return wasBegun;
    }

    // The lock is not the database's: this process holds the one, and the other was for the folder that the checkpoint lay in.
    private static string[] FilesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != FolderLock.FileName)];
}
