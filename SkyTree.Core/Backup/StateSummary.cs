using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Backup;

/// <summary>What an embedded database holds, counted.</summary>
internal sealed record StateSummary(long LastOffset, long FirstOffset, long Messages, long Records, long Sessions)
{
    /// <summary>Counts it. The record of which store holds the messages is left out: a restore changes it.</summary>
    public static async ValueTask<StateSummary> CountAsync(StateDatabase database, CancellationToken cancellationToken)
    {
        long records = 0;
        long sessions = 0;
        database.Read(default, (key, _) =>
        {
            records += key[0] == StateKey.Store ? 0 : 1;
            sessions += key[0] == StateKey.Session ? 1 : 0;
            return !cancellationToken.IsCancellationRequested;
        });
        cancellationToken.ThrowIfCancellationRequested();
        LogPage first = await database.Messages.ReadLogAsync(0, null, 1, cancellationToken).ConfigureAwait(false);
        return new StateSummary(
            await database.Messages.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false),
            first.Messages.Count > 0 ? first.Messages[0].Offset : 0,
            await MessageCopy.CountAsync(database.Messages, cancellationToken).ConfigureAwait(false),
            records,
            sessions);
    }
}
