using SkyTree.Core.Messages;

namespace SkyTree.Store.RocksDb;

internal sealed partial class RocksDbMessageStore
{
    /// <summary>Puts messages below the log's end, as one write, while nothing is deleted.</summary>
    internal void Backfill(IReadOnlyList<StoredMessage> messages)
    {
        _deleting.Wait();
        try
        {
            // The floor hides what is below it, and is only to be lifted once that is gone.
            if (database.State.Floor > database.State.Swept)
            {
                Sweep(CancellationToken.None);
            }

            database.Write(sync: true, messages, (writer, page, opened) =>
            {
                database.State.ForgetFirst();
                writer.Fill(page, opened);
            });
            database.State.Floor = 0;
            database.State.Swept = 0;
        }
        finally
        {
            _deleting.Release();
        }
    }
}
