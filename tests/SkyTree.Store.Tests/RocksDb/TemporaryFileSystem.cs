using System.Diagnostics;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

/// <summary>A small file system of its own, in memory, for a test that fills it. Mounting it takes a user that may.</summary>
internal sealed class TemporaryFileSystem : IDisposable
{
    private readonly string _ballast;

    public TemporaryFileSystem(int megabytes)
    {
        Folder = Directory.CreateTempSubdirectory("skytree-disk-").FullName;
        _ballast = Path.Combine(Folder, "ballast");
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Folder);
    }

    public string Folder { get; }

    /// <summary>Takes all the room there is.</summary>
    public void Fill()
    {
        using FileStream file = new(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void MakeRoom() => File.Delete(_ballast);

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Folder);

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
