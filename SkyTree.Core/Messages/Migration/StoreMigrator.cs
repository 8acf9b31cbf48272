using Microsoft.Extensions.Logging;

namespace SkyTree.Core.Messages.Migration;

/// <summary>Moves messages from one store to another while no broker runs.</summary>
internal static class StoreMigrator
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    /// <summary>Moves them, and returns when the old store is no longer needed. After a failure it goes on where it ended when it is run again.</summary>
    /// <param name="storage">From where to where; opened and closed here.</param>
    /// <param name="progress">Is told how far it has come, some twenty times a second.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of faults.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">A store cannot be used, holds others' messages, or the messages are not in the one that is moved from.</exception>
    public static async Task<MigrationProgress> RunAsync(
        BrokerStorage storage, IProgress<MigrationProgress> progress, TimeProvider time, ILogger logger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(progress);
        MessageStores stores = new(storage, time, logger);
        try
        {
            storage.Database.Open();
            await stores.PrepareAsync(cancellationToken).ConfigureAwait(false);
            await stores.Messages.OpenAsync(cancellationToken).ConfigureAwait(false);
            long total = stores.Outbox?.InheritedMessages ?? 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                MigrationProgress now = stores.Migrating?.Progress ?? Drained(stores.Outbox!, total);
                progress.Report(now);
                if (now.IsComplete)
                {
                    return now;
                }

                if ((stores.Migrating is { IsComplete: false } move ? move.LastError : stores.Outbox?.LastError) is { } error)
                {
                    throw new IOException($"{error} {now.Done} of {now.Total} messages are in {storage.Name}; run it again to go on.");
                }

                await Task.Delay(s_step, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await stores.DisposeAsync().ConfigureAwait(false);
            await storage.Database.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static MigrationProgress Drained(OutboxMessageStore outbox, long total)
    {
        long waiting = outbox.PendingMessages;
        return new MigrationProgress(Math.Max(0, total - waiting), total, outbox.Drained.IsCompleted && waiting == 0);
    }
}
