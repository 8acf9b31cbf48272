using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Administration;

/// <summary>A backup that was put in place at this start.</summary>
/// <param name="Restored">What was; null: nothing.</param>
internal sealed record AppliedRestore(RestoreNote? Restored);

/// <summary>Notes it in the audit log, which is the backup's own and knows nothing of it.</summary>
internal sealed class RestoreReport(AppliedRestore applied, Broker broker, ILogger<RestoreReport> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (applied.Restored is { } note)
        {
            Log.Restored(logger, note.Backup.CreatedAt, note.StagedBy, note.Backup.Sessions, note.Backup.Messages);
            await broker.Admin.Audit.NoteAsync(Caller.Console, "restore.apply", "broker", after: note.Text);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
