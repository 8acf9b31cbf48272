namespace SkyTree.Core.Backup;

/// <summary>A file that appears under its name when it is complete and on the disk, or not at all.</summary>
internal static class BackupFile
{
    /// <summary>Writes a file.</summary>
    /// <typeparam name="T">What writing gives.</typeparam>
    /// <param name="file">Its path; a file of that name is replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task<T> WriteAsync<T>(string file, Func<Stream, Task<T>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string path = Path.GetFullPath(file);
        string partial = path + ".partial";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 128 * 1024, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it holds what the sessions wait for
        }

        FileStream content = new(partial, options);
        try
        {
            T result;
            await using (content.ConfigureAwait(false))
            {
                result = await write(content).ConfigureAwait(false);
                content.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(path)!);
            return result;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
