using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>Backups for who may have everything that the broker keeps.</summary>
internal sealed class BackupDownload(Broker broker, TimeProvider time)
{
    /// <summary>A name for the file.</summary>
    public string FileName => $"skytree-{time.GetUtcNow():yyyyMMdd-HHmmss}.backup";

    /// <summary>Judges whether there can be one, and notes it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task BeginAsync(Caller caller)
    {
        caller.Require(AdminArea.Backup, AdminAccess.Read);
        await broker.Admin.Audit.NoteAsync(caller, "backup.download", "broker");
    }

    /// <summary>Writes it.</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Another one is being made, the store keeps nothing on disk, is away or moving, or writing failed.</exception>
    public Task<BackupManifest> WriteAsync(Stream destination, CancellationToken cancellationToken) => broker.BackupAsync(destination, new Silence(), cancellationToken);

    private sealed class Silence : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value)
        {
            // Who downloads sees the bytes come.
        }
    }
}
