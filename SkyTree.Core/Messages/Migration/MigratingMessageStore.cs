using Microsoft.Extensions.Logging;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages.Migration;

/// <summary>
/// The log while its messages move from one store to another and the broker goes on serving. Up to a boundary, the log's
/// end when the move began, messages are read from the old store and copied to the new one in their order; what is
/// appended meanwhile stays in the embedded log. When all are copied, the new store takes over in one step.
/// </summary>
/// <remarks>
/// The boundary is kept in the database, and how far the copy has come is seen in the new store, so that a process that
/// ends meanwhile is followed by one that goes on. The old store is left as it is, but for what is deleted meanwhile.
/// </remarks>
internal sealed partial class MigratingMessageStore : MessageStore
{
    private readonly StateDatabase _database;
    private readonly MessageStore _embedded;
    private readonly MessageStore _old;
    private readonly string _from;
    private readonly string _to;
    private readonly MessageStore? _target; // null: the embedded log
    private readonly OutboxMessageStore? _outbox; // over the target, once it has taken over
    private readonly TimeProvider _time;
    private readonly MigrationLog _log;

    private readonly SemaphoreSlim _copying = new(1, 1); // held while a page is copied, and by who must not meet one half way
    private readonly CancellationTokenSource _stopping = new();
    private volatile MessageStore? _final; // what has taken over; null: the messages are moving
    private StorePlan? _plan; // set before it is opened
    private Task _copy = Task.CompletedTask;
    private bool _oldIsOpen;

    /// <summary>Creates it. Nothing is read before it is opened.</summary>
    /// <param name="storage">From where to where. Its external store is disposed by <paramref name="outbox"/>.</param>
    /// <param name="outbox">Over the external store that is moved to; null: messages move into the embedded log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told how far it has come.</param>
    public MigratingMessageStore(BrokerStorage storage, OutboxMessageStore? outbox, TimeProvider time, ILogger logger)
    {
        _database = storage.Database;
        _embedded = storage.Database.Messages;
        _old = storage.Migration!.External!;
        _from = storage.Migration.Name;
        _to = storage.Name;
        _target = storage.External;
        _outbox = outbox;
        _time = time;
        _log = new MigrationLog(logger);
    }

    /// <summary>Whether the new store has taken over.</summary>
    public bool IsComplete => _final is not null;

    /// <summary>How far it has come.</summary>
    public MigrationProgress Progress => new(Interlocked.Read(ref _done), Interlocked.Read(ref _total), IsComplete);

    /// <summary>Why the last attempt failed; null while it goes on.</summary>
    public string? LastError { get; private set; }

    /// <summary>What is to be done, decided once the database is open and before this is.</summary>
    public void Follow(StorePlan plan) => _plan = plan;

    /// <summary>Opens what is read from, and begins or goes on to copy.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The new store is not empty.</exception>
    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        StorePlan plan = _plan ?? throw new InvalidOperationException("There is no plan.");
        if (plan.Move is StoreMove.None)
        {
            _log.DoneBefore(_from, _to);
            _final = _outbox ?? _embedded;
            await _final.OpenAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        await StoreOpening.OpenAsync(_old, _from, cancellationToken).ConfigureAwait(false);
        _oldIsOpen = true;
        if (plan.Move == StoreMove.Resume)
        {
            _boundary = plan.Record.Boundary;
        }
        else
        {
            await BeginAsync(plan.Record, cancellationToken).ConfigureAwait(false);
        }

        _oldLast = await _old.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        _copy = Task.Run(CopyAllAsync, CancellationToken.None);
    }

    /// <summary>Ends after the page that is under way; the next process goes on.</summary>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _copy.ConfigureAwait(false);
        if (_oldIsOpen)
        {
            await _old.DisposeAsync().ConfigureAwait(false);
        }

        if (_outbox is not null)
        {
            await _outbox.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask BeginAsync(StoreRecord known, CancellationToken cancellationToken)
    {
        if (_target is not null)
        {
            await OpenTargetAsync(cancellationToken).ConfigureAwait(false);
            await MessageCopy.RequireUnusedAsync(_target, _to, cancellationToken).ConfigureAwait(false);
        }

        // What the old store has of what is still in the outbox is not counted on.
        LogPage first = await _embedded.ReadLogAsync(0, null, 1, cancellationToken).ConfigureAwait(false);
        _boundary = first.Messages.Count > 0
            ? first.Messages[0].Offset - 1
            : Math.Max(
                await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false),
                await _old.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false));
        (known with { MovedFrom = "", MovingTo = _to, IntoEmbedded = _target is null, Boundary = _boundary }).Write(_database);
    }

    private async ValueTask OpenTargetAsync(CancellationToken cancellationToken)
    {
        if (_target is not null && !_targetIsOpen)
        {
            await StoreOpening.OpenAsync(_target, _to, cancellationToken).ConfigureAwait(false);
            _outbox!.MarkExternalOpen();
            _targetIsOpen = true;
        }
    }
}
