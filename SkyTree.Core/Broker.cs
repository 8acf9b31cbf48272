using System.Reflection;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Backup;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Listeners;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core;

/// <summary>The broker: serves connections that listeners hand over. One per process is usual; several are independent.</summary>
public sealed class Broker : IAsyncDisposable
{
    private readonly ConnectionServices _services;
    private readonly ConnectionTable _connections = new();
    private readonly BrokerState _state;
    private readonly BrokerStorage _storage;
    private readonly MessageStore _store;
    private readonly MessageStores _stores;
    private readonly OutboxMessageStore? _outbox; // where messages wait for a database elsewhere
    private readonly SemaphoreSlim _trimming = new(1, 1); // held while messages are trimmed, and while a backup needs that they are not
    private readonly IReplicator _replicator;
    private readonly LogTrimmer _trimmer;
    private readonly QueueLimiter? _limiter; // null: sessions have no limits
    private readonly SysTopics _sysTopics;
    private readonly SessionContext _context;
    private long _steps; // written by the ticker
    private int _isBackingUp; // interlocked
    private bool _started;
    private Task _housekeeping = Task.CompletedTask; // the ticker's
    private bool _diskFull; // the ticker's
    private volatile bool _stopping;

    /// <summary>Creates a broker.</summary>
    /// <param name="options">What it allows and announces; validated by the caller.</param>
    /// <param name="authenticators">The chain, asked in order; one that ends without a verdict refuses.</param>
    /// <param name="methods">Enhanced authentication methods.</param>
    /// <param name="authorizer">Judges publishes and subscriptions.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where it logs.</param>
    /// <param name="storage">Where sessions and messages are kept; null: in memory.</param>
    public Broker(
        BrokerOptions options,
        IEnumerable<IAuthenticator> authenticators,
        IEnumerable<IAuthenticationMethod> methods,
        IAuthorizer authorizer,
        TimeProvider timeProvider,
        ILoggerFactory loggerFactory,
        BrokerStorage? storage = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        var log = new BrokerLog(loggerFactory.CreateLogger<Broker>());
        _storage = storage ?? BrokerStorage.InMemory();
        StateDatabase database = _storage.Database;
        var retention = new RetentionPolicy(_storage.Options.Retention);
        _stores = new MessageStores(_storage, timeProvider, loggerFactory.CreateLogger<Broker>());
        _outbox = _stores.Outbox;
        MessageStore stored = _stores.Messages;
        TailedMessageStore? tailed = database.IsDurable
            ? new TailedMessageStore(stored, _storage.Options.TailMegabytes * 1024L * 1024L)
            : null;
        _store = tailed ?? stored;
        _context = new SessionContext(options, _storage.Options, _store, new DropLedger(), timeProvider, log)
        {
            Policies = new TopicPolicies(_storage.Options.DurabilityRules, retention.IsEmpty ? null : retention.Keeps),
        };
        _state = new BrokerState(_context);
        var parts = new ReplicatorParts(_state, database, timeProvider, log, appended =>
        {
            tailed?.Add(appended.Message);
            _outbox?.Notify(1, appended.Message.Payload.Length + appended.Message.Properties.Length);
            BrokerState.Wake(appended);
        });
        IReplicator replicator = _storage.CreateReplicator?.Invoke(parts) ?? new LocalReplicator(parts);
        _replicator = _context.Replicator = replicator;
        var router = new MessageRouter(_state, replicator, _context);
        _services = new ConnectionServices(
            options,
            _storage.Options.Durability,
            replicator,
            router,
            new WillSender(router, _context),
            new AuthenticationChain(authenticators, methods),
            authorizer,
            new TrafficCounters(),
            _context.Drops,
            new Ticker(timeProvider),
            timeProvider,
            log);
        _trimmer = new LogTrimmer(_state, replicator, _store, timeProvider, retention);
        _limiter = _storage.Options.QueueLimits.AreSet ? new QueueLimiter(_state, replicator, _context) : null;
        _sysTopics = new SysTopics(this, router, timeProvider);
    }

    /// <summary>Connections now, those that have not completed CONNECT included.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Clients that are connected now.</summary>
    public int ConnectedCount
    {
        get
        {
            int count = 0;
            _connections.ForEach(connection => count += connection.IsConnected ? 1 : 0);
            return count;
        }
    }

    /// <summary>What it allows and announces.</summary>
    public BrokerOptions Options => _context.Options;

    /// <summary>Sessions now, connected or not.</summary>
    public int SessionCount => _state.Sessions.Count;

    /// <summary>Subscriptions now; a shared group counts once.</summary>
    public long SubscriptionCount => _state.Index.Count;

    /// <summary>Retained messages now.</summary>
    public int RetainedCount => _state.Retained.Count;

    /// <summary>What has come and gone.</summary>
    public TrafficCounters Traffic => _services.Traffic;

    /// <summary>What was dropped, and why.</summary>
    public DropLedger Drops => _context.Drops;

    /// <summary>The broker's version.</summary>
    public static string Version { get; } =
        typeof(Broker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Serves one connection until it ends. Does not throw for anything that a client does.</summary>
    /// <param name="connection">What the listener accepted.</param>
    public async Task ServeAsync(ListenerConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_stopping)
        {
            return;
        }

        var served = new Connection(_services, connection);
        _connections.Add(served);
        try
        {
            if (_stopping)
            {
                served.RequestClose(ReasonCode.ServerShuttingDown, "the server is shutting down"); // it came too late to be told
            }

            await served.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _connections.Remove(served);
        }
    }

    /// <summary>Opens what it keeps, goes on where the process before it ended, and starts its clock: keep-alives, expiries, delayed Wills and <c>$SYS</c>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">What it keeps cannot be opened; the message says what can be done.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (DueWill due in await _replicator.ProposeAsync(new Recover()).ConfigureAwait(false))
        {
            await _services.Wills.SendAsync(due).ConfigureAwait(false);
        }

        while (await ExpireSessionsAsync().ConfigureAwait(false))
        {
            // What fell due meanwhile happens before anybody is served.
        }

        _services.Ticker.Start(OnStep);
    }

    /// <summary>
    /// Writes a backup while the broker serves: what was acknowledged before this was called is in it. One at a time; until
    /// it is done, messages that nobody needs any more are not deleted.
    /// </summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="progress">Is told often.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Another one is being made, a store is away or moving, or writing failed.</exception>
    public async Task<BackupManifest> BackupAsync(Stream destination, IProgress<BackupProgress> progress, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isBackingUp, 1) != 0)
        {
            throw new IOException("A backup is being made already.");
        }

        try
        {
            await _trimming.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await BackupWriter.WriteAsync(BackupSource(), destination, _context.Time, progress, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _trimming.Release();
            }
        }
        finally
        {
            Volatile.Write(ref _isBackingUp, 0);
        }
    }

    private BackupSource BackupSource()
    {
        if (_storage is not { CreateDatabase: { } create, Folder: { } folder })
        {
            throw new IOException($"The store {_storage.Name} keeps nothing on disk: there is nothing to back up.");
        }

        if (_stores.Migrating is { IsComplete: false })
        {
            throw new IOException($"Messages are moving from {_storage.Migration!.Name} to {_storage.Name}; make the backup when they are there.");
        }

        if (_outbox is { IsConnected: false })
        {
            throw new IOException($"{_storage.Name} does not answer: {_outbox.LastError} Make the backup when it does.");
        }

        return new BackupSource
        {
            Database = _storage.Database,
            External = _storage.External,
            StoreName = _storage.Name,
            CreateDatabase = create,
            Folder = folder,
            ProductVersion = Version,
        };
    }

    /// <summary>The first half of starting: all but the clock.</summary>
    internal async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        _storage.Database.Open();
        if (_storage is { CreateDatabase: not null, Folder: { } folder })
        {
            BackupWriter.RemoveLeftovers(folder);
        }

        await _stores.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await _store.OpenAsync(cancellationToken).ConfigureAwait(false);
        await _state.LoadAsync(_storage.Database, _store).ConfigureAwait(false);
        _replicator.Start();
        _started = true;
        CheckRoom();
    }

    /// <summary>
    /// Stops gracefully: sends DISCONNECT 0x8B and the Wills that this causes, flushes, and returns when all clients are
    /// gone or <paramref name="cancellationToken"/> is cancelled.
    /// </summary>
    /// <param name="cancellationToken">Ends the patience.</param>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default)
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        if (!_started)
        {
            return;
        }

        await SendAllWillsAsync().ConfigureAwait(false);
        foreach (Connection connection in _connections.ToList())
        {
            connection.RequestClose(ReasonCode.ServerShuttingDown, "the server is shutting down");
        }

        FlushList.FlushAll();
        await WaitUntilGoneAsync(cancellationToken).ConfigureAwait(false);
        await _services.Ticker.DisposeAsync().ConfigureAwait(false);
        await _housekeeping.ConfigureAwait(false);
        while (!_context.Moved.IsEmpty)
        {
            await NoteCursorsAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(_context.Options.ShutdownSeconds), _context.Time);
        await StopAsync(patience.Token).ConfigureAwait(false);
        await _replicator.DisposeAsync().ConfigureAwait(false);
        await _stores.DisposeAsync().ConfigureAwait(false);
        await _storage.Database.DisposeAsync().ConfigureAwait(false);
    }

    // While their receivers are still connected: a Will is sent when the server closes the connection [MQTT-3.1.2-8].
    private async ValueTask SendAllWillsAsync()
    {
        foreach (DueWill due in await _replicator.ProposeAsync(new TakeAllWills(Everything: !_storage.Database.IsDurable)).ConfigureAwait(false))
        {
            await _services.Wills.SendAsync(due).ConfigureAwait(false);
        }
    }

    private async ValueTask WaitUntilGoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (_connections.Count > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (Connection connection in _connections.ToList())
            {
                connection.Abort();
            }
        }
    }

    /// <summary>Expiries, trimming and the like that are under way; for tests whose clock goes faster.</summary>
    internal Task Housekeeping => _housekeeping;

    /// <summary>Where commands go; for tests that wait until it has nothing more to do.</summary>
    internal IReplicator Replicator => _replicator;

    private void OnStep()
    {
        try
        {
            _steps++;
            CheckRoom();
            if (_steps % 4 == 0)
            {
                CloseOverdue(_services.Ticker.CoarseElapsedMs);
                FlushList.FlushAll();
                _context.Retries.Run();
            }
        }
        catch (Exception e)
        {
            _context.Log.TickFailed(e);
        }

        // What waits for the disk must not hold up the keep-alives.
        if (_housekeeping.IsCompleted && !_stopping)
        {
            _housekeeping = KeepHouseAsync(everything: _steps % 4 == 0);
        }
    }

    /// <summary>Notes how far sessions have acknowledged: what is behind is not sent again after a crash.</summary>
    private async ValueTask NoteCursorsAsync()
    {
        List<(OwnedSession Of, long Cursor)> moved = [];
        while (moved.Count < 10_000 && _context.Moved.TryDequeue(out Session? session))
        {
            long cursor = session.Queue.TakeMovedCursor();
            if (cursor > session.Cursor)
            {
                moved.Add((session.Queue.Owned, cursor));
            }
        }

        if (moved.Count > 0)
        {
            await _replicator.ProposeAsync(new AdvanceCursors(moved)).ConfigureAwait(false);
        }
    }

    private async Task KeepHouseAsync(bool everything)
    {
        try
        {
            await ExpireSessionsAsync().ConfigureAwait(false);
            await NoteCursorsAsync().ConfigureAwait(false);
            if (_limiter is not null && _stores.CanTrim)
            {
                await _limiter.EnforceAsync(everything).ConfigureAwait(false);
            }

            if (everything)
            {
                await _replicator.ProposeAsync(new RemoveExpiredRetained(10_000)).ConfigureAwait(false);
                await _sysTopics.UpdateAsync().ConfigureAwait(false);
                await TrimAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _context.Log.TickFailed(e);
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private async ValueTask TrimAsync()
    {
        if (_stores.CanTrim && await _trimming.WaitAsync(TimeSpan.Zero).ConfigureAwait(false))
        {
            try
            {
                await _trimmer.TrimAsync().ConfigureAwait(false);
            }
            finally
            {
                _trimming.Release();
            }
        }
    }

    /// <summary>Messages are refused while the disk lacks its reserve: what needs little room, sessions and cursors, can still be written.</summary>
    private void CheckRoom()
    {
        bool full = false;
        if (_storage is { Folder: { } folder, Options.FreeSpaceReserveMegabytes: > 0 and int reserve })
        {
            long free = new DriveInfo(folder).AvailableFreeSpace;
            full = free < reserve * 1024L * 1024L;
            if (full != _diskFull)
            {
                _diskFull = full;
                if (full)
                {
                    _context.Log.DiskFull(folder, free / (1024 * 1024), reserve);
                }
                else
                {
                    _context.Log.DiskHasRoom(folder, free / (1024 * 1024));
                }
            }
        }

        _replicator.SetFull(full || _outbox?.PendingBytes > _stores.OutboxBound);
    }

    private void CloseOverdue(long elapsedMs)
    {
        List<(Connection Connection, ReasonCode Code)>? overdue = null;
        _connections.ForEach(connection =>
        {
            if (connection.CheckDeadlines(elapsedMs) is { } code)
            {
                (overdue ??= []).Add((connection, code));
            }
        });
        foreach ((Connection connection, ReasonCode code) in overdue ?? [])
        {
            connection.RequestClose(code, connection.IsConnected ? "nothing came within one and a half times the Keep Alive" : "CONNECT was not completed in time");
        }
    }

    /// <summary>Ends sessions and sends Wills whose time has come, a bounded number of them.</summary>
    /// <returns>Whether there were any.</returns>
    private async ValueTask<bool> ExpireSessionsAsync()
    {
        IReadOnlyList<string> clientIds = await _services.Replicator.ProposeAsync(new TakeDue(10_000)).ConfigureAwait(false);
        foreach (string clientId in clientIds)
        {
            SessionClosed closed = await _services.Replicator.ProposeAsync(new ExpireSession(clientId)).ConfigureAwait(false);
            if (closed.Will is { } will)
            {
                await _services.Wills.SendAsync(will).ConfigureAwait(false);
            }
        }

        return clientIds.Count > 0;
    }
}
