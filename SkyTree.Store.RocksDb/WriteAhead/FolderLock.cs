using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb.Native;

namespace SkyTree.Store.RocksDb.WriteAhead;

/// <summary>Keeps other processes out of a database's folder, also before RocksDB does: the log is looked through and cut by then.</summary>
internal static class FolderLock
{
    /// <summary>The file that is locked.</summary>
    internal const string FileName = "skytree.lock";

    /// <summary>Makes the folder if need be and takes it; closing the stream, or the end of the process, gives it up.</summary>
    /// <exception cref="StateDatabaseException">Another process has it, or it cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Errors.NotWritable(folder, exception);
        }
        catch (IOException exception)
        {
            throw IsWritable(folder) ? Errors.InUse(folder, exception) : Errors.NotWritable(folder, exception);
        }
    }

    private static bool IsWritable(string folder)
    {
        try
        {
            string probe = Path.Combine(folder, Path.GetRandomFileName());
            using FileStream file = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
