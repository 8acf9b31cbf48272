using SkyTree.Core.Backup;

namespace SkyTree.Cluster.Raft;

/// <summary>Small files and folders that outlive a loss of power.</summary>
internal static class Durable
{
    /// <summary>Writes a file: the whole of it is there afterwards, or what was there before.</summary>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        string fresh = file + ".tmp";
        using (FileStream stream = new(fresh, FileMode.Create, FileAccess.Write))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, file, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(file)!);
    }

    /// <summary>Waits until the disk has a folder's files and their names.</summary>
    public static void Flush(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }

        FolderSync.Flush(folder);
    }

    /// <summary>Deletes a folder with all in it, if it is there.</summary>
    public static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
