using Microsoft.Extensions.Logging;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages;

/// <summary>What a broker's messages are read from and written to, put together out of its storage.</summary>
internal sealed class MessageStores : IAsyncDisposable
{
    private readonly BrokerStorage _storage;
    private readonly MigrationLog _log;

    /// <summary>Puts them together. Nothing is opened.</summary>
    public MessageStores(BrokerStorage storage, TimeProvider time, ILogger logger, BrokerMetrics? metrics = null)
    {
        _storage = storage;
        _log = new MigrationLog(logger);
        StateDatabase database = storage.Database;
        Outbox = storage.External is { } external
            ? new OutboxMessageStore(database.Messages, external, new OutboxOptions(), time, logger, IsCluster) { Metrics = metrics }
            : null;

        // What moves out of the embedded log goes through the outbox like everything else.
        Migrating = storage.Migration?.External is not null ? new MigratingMessageStore(storage, Outbox, time, logger) : null;
        Messages = (MessageStore?)Migrating ?? (MessageStore?)Outbox ?? database.Messages;
    }

    private bool IsCluster => _storage.Node != Guid.Empty;

    /// <summary>All messages.</summary>
    public MessageStore Messages { get; }

    /// <summary>The way to an external store; null: there is none.</summary>
    public OutboxMessageStore? Outbox { get; }

    /// <summary>The move from one store to another; null: there is none.</summary>
    public MigratingMessageStore? Migrating { get; }

    /// <summary>Whether what nobody needs can be deleted now: not while messages move, nor while the external store is away.</summary>
    public bool CanTrim => Migrating is null or { IsComplete: true } && Outbox is null or { IsConnected: true };

    /// <summary>Bytes that may wait in the outbox. What was the embedded log's before does not count.</summary>
    public long OutboxBound => (_storage.Options.OutboxMegabytes * 1024L * 1024L) + (_movesOut ? Outbox!.InheritedBytes : 0);

    private bool _movesOut; // set before anything is opened

    /// <summary>Finds out whether the messages are where they should be. The database is open, nothing else is.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">They are in another store.</exception>
    /// <exception cref="IOException">The store that they are to move to has held messages, or one that must answer now does not.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        StateDatabase database = _storage.Database;
        if (!database.IsDurable || _storage.Name.Length == 0)
        {
            return;
        }

        StorePlan plan = StorePlan.Make(database, _storage);
        if (IsCluster)
        {
            await PrepareClusterAsync(plan, cancellationToken).ConfigureAwait(false);
            return;
        }

        Migrating?.Follow(plan);
        if (Migrating is not null && plan.Move is StoreMove.Begin or StoreMove.Resume)
        {
            return; // it writes what is to be remembered when it begins
        }

        string from = plan.Move == StoreMove.Begin ? plan.Record.Store : plan.Record.MovedFrom;
        if (plan.Move == StoreMove.Begin)
        {
            await OpenExternalAsync(cancellationToken).ConfigureAwait(false);
            await MessageCopy.RequireUnusedAsync(_storage.External!, _storage.Name, cancellationToken).ConfigureAwait(false);
        }
        else if (plan.Move == StoreMove.GiveUp)
        {
            _log.GivenUp(_storage.Name, plan.Record.MovingTo);
            if (plan.Record.IntoEmbedded)
            {
                // Copies; what is missing between them would be taken for deleted.
                await database.Messages.DeleteLogAsync(plan.Record.Boundary, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (Outbox is not null && await database.Messages.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false) == 0)
        {
            // The folder may be a new one for a store that has messages: their offsets must not be given out again.
            await OpenExternalAsync(cancellationToken).ConfigureAwait(false);
        }

        _movesOut = Outbox is not null && Migrating is null && (plan.Move == StoreMove.Begin || _storage.Migration is not null);
        if (_movesOut)
        {
            _ = ReportDrainedAsync(from);
        }

        StoreRecord record = new(_storage.Name, _storage.External is null)
        {
            MovedFrom = plan.Move == StoreMove.Begin || _storage.Migration is not null ? from : "",
        };
        if (StoreRecord.Read(database) != record)
        {
            record.Write(database);
        }
    }

    /// <summary>
    /// Nodes join a cluster with nothing, so that an external store which has messages says nothing here. Nothing is moved
    /// between stores: each node would do so by itself.
    /// </summary>
    private async ValueTask PrepareClusterAsync(StorePlan plan, CancellationToken cancellationToken)
    {
        StateDatabase database = _storage.Database;
        if (_storage.Migration is not null || plan.Move != StoreMove.None)
        {
            throw new StateDatabaseException(
                $"The messages of this folder are in {plan.Record.Store}, and a cluster does not move messages from one store to another. "
                + $"Use {plan.Record.Store}, or move them to {_storage.Name} before, with the cluster switched off.");
        }

        if (Outbox is not null)
        {
            Outbox.Follow(await FindStoredAsync(database, cancellationToken).ConfigureAwait(false));
        }

        StoreRecord record = new(_storage.Name, _storage.External is null);
        if (StoreRecord.Read(database) != record)
        {
            record.Write(database);
        }
    }

    /// <summary>Up to where the external store has every message: as the cluster has noted, or as this process alone has left it.</summary>
    private static async ValueTask<long> FindStoredAsync(StateDatabase database, CancellationToken cancellationToken)
    {
        // What a process alone has stored it drops, and notes nothing.
        long noted = BrokerState.ReadStored(database);
        LogPage first = await database.Messages.ReadLogAsync(0, null, 1, cancellationToken).ConfigureAwait(false);
        long dropped = first.Messages.Count > 0
            ? first.Messages[0].Offset - 1
            : await database.Messages.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        if (dropped <= noted)
        {
            return noted;
        }

        using StateBatch batch = database.CreateBatch();
        BrokerState.SaveStored(batch, dropped);
        database.Write(batch, sync: true);
        return dropped;
    }

    private async ValueTask OpenExternalAsync(CancellationToken cancellationToken)
    {
        long last = await StoreOpening.OpenAsync(_storage.External!, _storage.Name, cancellationToken).ConfigureAwait(false);
        Outbox!.MarkExternalOpen(last);
    }

    private async Task ReportDrainedAsync(string from)
    {
        await Outbox!.Drained.ConfigureAwait(false);
        _log.Completed(from, _storage.Name, Outbox.InheritedMessages);
    }

    /// <summary>Closes them, not the database.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Migrating is not null)
        {
            await Migrating.DisposeAsync().ConfigureAwait(false);
        }
        else if (Outbox is not null)
        {
            await Outbox.DisposeAsync().ConfigureAwait(false);
        }
    }
}
