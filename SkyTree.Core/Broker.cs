using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Admin;
using SkyTree.Core.Backup;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Listeners;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Rewriting;
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
    private readonly RetentionPolicy _retention;
    private LogTrimmer _trimmer; // the housekeeping's
    private readonly QueueLimiter? _limiter; // null: sessions have no limits
    private readonly SysTopics _sysTopics;
    private readonly BrokerMetrics _metrics;
    private readonly StoreCensus _storeCensus;
    private readonly SessionContext _context;
    private long _steps; // written by the ticker
    private long _steppedAt; // timestamp; written by the ticker
    private int _isBackingUp; // interlocked
    private int _isDisposed; // interlocked
    private volatile bool _started;
    private Task _housekeeping = Task.CompletedTask; // the ticker's
    private volatile bool _diskFull; // written by the ticker
    private bool _wasServing = true; // the ticker's
    private HashSet<long> _dueWills = []; // those that were to be sent when it was looked last; the housekeeping's
    private readonly AuthorizeMemory? _memory; // null: nobody has answers of hooks forgotten
    private volatile bool _stopping;

    /// <summary>Creates a broker.</summary>
    /// <param name="options">What it allows and announces; validated by the caller.</param>
    /// <param name="authenticators">The chain, asked in order; one that ends without a verdict refuses.</param>
    /// <param name="methods">Enhanced authentication methods.</param>
    /// <param name="authorizer">Judges publishes and subscriptions.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where it logs.</param>
    /// <param name="storage">Where sessions and messages are kept; null: in memory.</param>
    /// <param name="security">What people configure, as authenticators and the authorizer know it; null: the broker's alone.</param>
    /// <param name="meters">Makes the meter <c>SkyTree</c>; null: it is the broker's own.</param>
    /// <param name="hooks">What the application wants to see and judge; null: nothing.</param>
    /// <param name="rewriter">What gives topics other names; null: nothing does.</param>
    internal Broker(
        BrokerOptions options,
        IEnumerable<IAuthenticator> authenticators,
        IEnumerable<IAuthenticationMethod> methods,
        IAuthorizer authorizer,
        TimeProvider timeProvider,
        ILoggerFactory loggerFactory,
        BrokerStorage? storage = null,
        BrokerSecurity? security = null,
        IMeterFactory? meters = null,
        HookRegistrations? hooks = null,
        ITopicRewriter? rewriter = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        var log = new BrokerLog(loggerFactory.CreateLogger<Broker>());
        _storage = storage ?? BrokerStorage.InMemory();
        security ??= new BrokerSecurity();
        StateDatabase database = _storage.Database;
        _metrics = new BrokerMetrics(meters, timeProvider);
        RetentionPolicy retention = _retention = new RetentionPolicy(_storage.Options.Retention);
        _stores = new MessageStores(_storage, timeProvider, loggerFactory.CreateLogger<Broker>(), _metrics);
        _outbox = _stores.Outbox;
        MessageStore stored = _stores.Messages;
        TailedMessageStore? tailed = database.IsDurable
            ? new TailedMessageStore(new MeteredMessageStore(stored, _metrics), _storage.Options.TailMegabytes * 1024L * 1024L)
            : null;
        _store = tailed ?? stored;
        _context = new SessionContext(options, _storage.Options, _store, new DropLedger(timeProvider), timeProvider, log)
        {
            Node = _storage.Node,
            Registry = security.Registry,
            Policies = new TopicPolicies(_storage.Options.DurabilityRules, retention.IsEmpty ? null : retention.Keeps),
        };
        _state = new BrokerState(_context);
        var parts = new ReplicatorParts(_state, database, timeProvider, log, appended =>
        {
            tailed?.Add(appended.Message);
            _outbox?.Notify(1, appended.Message.Payload.Length + appended.Message.Properties.Length);
            BrokerState.Wake(appended);
        })
        {
            Store = _store,
            Metrics = _metrics,
            ForgetStored = () => tailed?.Forget(),
            Written = () => _outbox?.Follow(_state.StoredUpTo),
            Replacing = () => _outbox?.BeginReplacement(),
            Replaced = () => _outbox?.EndReplacement(_state.StoredUpTo),
            StoreName = _storage.Name,
            AgreedLevel = AgreedFormatLevel,
        };
        IReplicator replicator = _storage.CreateReplicator?.Invoke(parts) ?? new LocalReplicator(parts);
        _replicator = _context.Replicator = replicator;
        var router = new MessageRouter(_state, replicator, _context);
        _context.Neighbours = replicator.Attach(router);
        _services = new ConnectionServices(
            options,
            _storage.Options.Durability,
            replicator,
            router,
            new WillSender(router, _context),
            new AuthenticationChain(authenticators, methods, timeProvider),
            authorizer,
            new TrafficCounters(),
            _context.Drops,
            new Ticker(timeProvider),
            timeProvider,
            log)
        {
            Events = _context.Events,
            Rewriter = rewriter,
            Hooks = new BrokerHooks(hooks?.Hooks ?? [], hooks?.Options ?? new HookOptions(), options, timeProvider, log),
            Lockout = new ClientLockout(security.Passwords, timeProvider),
            Bans = new BanList(security.Registry, timeProvider),
        };
        _memory = hooks?.Memory;
        _memory?.Attach(ForgetAsync);
        if (_outbox is not null)
        {
            _outbox.Sharing = new OutboxSharing(
                () => !_stopping && replicator.IsLeader,
                async upTo => await replicator.ProposeAsync(new NoteStored(upTo)).ConfigureAwait(false));
        }

        _ = new ClientSweep(security.Registry, _services.Bans, _connections, log);
        _trimmer = CreateTrimmer();
        _limiter = _storage.Options.QueueLimits.AreSet ? new QueueLimiter(_state, replicator, _context) : null;
        _storeCensus = new StoreCensus(_store, timeProvider);
        var sources = new MetricSources(
            this, _state, replicator, _connections, _services, _outbox, new SessionCensus(_state, _storage.Node, timeProvider), _storeCensus, timeProvider);
        _metrics.Observe(sources);
        _sysTopics = new SysTopics(sources, router);
        Admin = new BrokerAdmin(new AdminParts(this, _state, replicator, _store, router, _context, _connections, _services, new AuditTrail(replicator, security.Admin, log)) { Security = security });
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

    /// <summary>What people may see and do.</summary>
    public BrokerAdmin Admin { get; }

    /// <summary>Whether it can serve everybody: always, unless it is a node of a cluster and cut off from that.</summary>
    public bool IsServing => _replicator.IsServing;

    /// <summary>The format level at which it writes: releases that do not read it cannot go on with its data.</summary>
    public int FormatLevel => _state.Level;

    /// <summary>The highest format level that this release has.</summary>
    public static int NewestFormatLevel => Replication.FormatLevel.Newest;

    /// <summary>The highest format level that this process agrees to: <see cref="NewestFormatLevel"/>, or less where the operator wants that.</summary>
    public int AgreedFormatLevel => Replication.FormatLevel.Within(_storage.Options.FormatLevel);

    /// <summary>Whether this process does what one of a cluster's does for all: it leads, and can serve.</summary>
    internal bool Leads => _started && !_stopping && _replicator.IsLeader && _replicator.IsServing;

    /// <summary>The log's last offset less the cursor of a durable session; null: there is none.</summary>
    /// <param name="clientId">Its client identifier.</param>
    internal long? FindLag(string clientId) =>
        _state.Sessions.Find(clientId) is { IsDurable: true } session ? Math.Max(0, _state.LastOffset - session.Cursor) : null;

    /// <summary>Keeps a client identifier for this program's own sessions: who connects with it from outside is refused 0x85.</summary>
    /// <param name="clientId">The client identifier.</param>
    internal void ReserveClientId(string clientId) => _services.ReservedClientIds[clientId] = true;

    /// <summary>Whether nothing more can be stored for now: the disk, the memory or the outbox is full, or the database refuses.</summary>
    public bool IsFull => _replicator.IsFull;

    /// <summary>Bytes free on the disk of what it keeps; null where it keeps nothing there.</summary>
    public long? FreeDiskBytes => _storage.Folder is { } folder ? new DriveInfo(folder).AvailableFreeSpace : null;

    /// <summary>Bytes of that disk; 0 where nothing is kept there.</summary>
    internal long DiskBytes => _storage.Folder is { } folder ? new DriveInfo(folder).TotalSize : 0;

    /// <summary>How much of its bound the outbox holds; null: there is none.</summary>
    internal double? OutboxFill => _outbox is null ? null : (double)_outbox.PendingBytes / Math.Max(1, _stores.OutboxBound);

    /// <summary>Whether it sends its clients to other servers.</summary>
    public bool IsDraining => _services.Redirection.IsOn;

    /// <summary>How it is. Reads the database once.</summary>
    internal BrokerHealth Health
    {
        get
        {
            bool isRunning = _started && !_stopping;
            long stepped = Volatile.Read(ref _steppedAt);
            return new BrokerHealth
            {
                IsRunning = isRunning,
                IsServing = isRunning && IsServing,
                IsDraining = IsDraining,
                IsFull = isRunning && IsFull,
                IsDiskShort = _diskFull,
                DatabaseError = isRunning ? FindDatabaseError() : null,
                HasExternalStore = _outbox is not null,
                ExternalStoreError = _outbox is { IsConnected: false } outbox ? outbox.LastError ?? "it has not answered yet" : null,
                SinceLastStep = isRunning && stepped != 0 ? _context.Time.GetElapsedTime(stepped) : TimeSpan.Zero,
            };
        }
    }

    /// <summary>What it allows and announces.</summary>
    internal BrokerOptions Options => _context.Options;

    /// <summary>Sessions now, connected or not.</summary>
    public int SessionCount => _state.Sessions.Count;

    /// <summary>Subscriptions now; a shared group counts once.</summary>
    public long SubscriptionCount => _state.Index.Count;

    /// <summary>Retained messages now.</summary>
    public int RetainedCount => _state.Retained.Count;

    /// <summary>What has come and gone.</summary>
    internal TrafficCounters Traffic => _services.Traffic;

    /// <summary>What was dropped, and why.</summary>
    internal DropLedger Drops => _context.Drops;

    /// <summary>Samples of the last hour, day and week.</summary>
    internal StatHistory History { get; } = new();

    /// <summary>Bytes of the files in the data folder, as they were when it was looked last; 0: nothing is kept there.</summary>
    internal long StoreBytes { get; private set; }

    /// <summary>The broker's version.</summary>
    public static string Version { get; } =
        typeof(Broker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Serves one connection until it ends. Does not throw for anything that a client does.</summary>
    /// <param name="connection">What the listener accepted.</param>
    internal async Task ServeAsync(ListenerConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_stopping)
        {
            return;
        }

        var served = new Connection(_services, connection);
        _connections.Add(served);
        _services.Admissions.Accept(connection.Listener.Name);
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

    /// <summary>
    /// Sends clients to other servers: who connects from now on is answered 0x9C with a Server Reference, and so are those
    /// that are connected told to go, so many each second. Clients of 3.x are refused with return code 3, and closed.
    /// </summary>
    /// <param name="servers">The other servers as Server References, in turn; none: clients are not told where to go.</param>
    /// <param name="perSecond">Clients that are told to go each second, 1 to 1,000,000.</param>
    /// <param name="cancellationToken">Ends the telling; who connects is still refused, until <see cref="EndDrain"/>.</param>
    /// <returns>How many were told.</returns>
    public async Task<int> DrainAsync(IReadOnlyList<string> servers, int perSecond, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perSecond, 1_000_000);
        Redirection redirection = _services.Redirection;
        redirection.Set(servers);
        int told = 0;
        long started = _context.Time.GetTimestamp();
        while (redirection.IsOn && _connections.ToList().Where(connection => connection.IsConnected).ToList() is { Count: > 0 } connected)
        {
            // Those that connected while the last were told: they had been admitted before.
            foreach (Connection connection in connected)
            {
                while (redirection.IsOn && told >= 1 + (_context.Time.GetElapsedTime(started).TotalSeconds * perSecond))
                {
                    FlushList.FlushAll();
                    await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Time, cancellationToken).ConfigureAwait(false);
                }

                if (!redirection.IsOn)
                {
                    break;
                }

                connection.RequestClose(ReasonCode.UseAnotherServer, "this node is about to stop", redirection.Next());
                told++;
            }

            FlushList.FlushAll();
            await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Time, cancellationToken).ConfigureAwait(false);
        }

        return told;
    }

    /// <summary>Clients are welcome again.</summary>
    public void EndDrain() => _services.Redirection.Set(null);

    /// <summary>Opens what it keeps, goes on where the process before it ended, and starts its clock: keep-alives, expiries, delayed Wills and <c>$SYS</c>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">What it keeps cannot be opened; the message says what can be done.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (_replicator.IsAlone)
        {
            if (await _replicator.ProposeAsync(new RaiseLevel(AgreedFormatLevel)).ConfigureAwait(false))
            {
                _context.Log.LevelRaised(AgreedFormatLevel);
            }

            foreach (DueWill due in await _replicator.ProposeAsync(new Recover()).ConfigureAwait(false))
            {
                await _services.Wills.SendAsync(due).ConfigureAwait(false);
            }

            while (await ExpireSessionsAsync().ConfigureAwait(false))
            {
                // What fell due meanwhile happens before anybody is served.
            }
        }

        _services.Outage.Observe();
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
    internal async Task<BackupManifest> BackupAsync(Stream destination, IProgress<BackupProgress> progress, CancellationToken cancellationToken = default)
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

    private string? FindDatabaseError()
    {
        try
        {
            _storage.Database.Get([Replication.Records.StateKey.Time]);
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.Message; // of whatever kind: the database is a native one
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

        if (_outbox is { IsShared: true } && !_replicator.IsLeader)
        {
            throw new IOException($"Another node leads, and deletes from {_storage.Name} what nobody needs any more; make the backup there.");
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
        if (_storage.Options.FormatLevel is > 0 and int bound && _state.Level > bound)
        {
            _context.Log.LevelStays(bound, _state.Level);
        }

        await _replicator.StartAsync(cancellationToken).ConfigureAwait(false);
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

        if (_replicator.IsServing)
        {
            // Another node may have to answer; who is cut off leaves the Wills to those who hold it for gone.
            await SendAllWillsAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await CloseAsync(static _ => true, cancellationToken).ConfigureAwait(false);
        if (_services.Hooks.Events is { } events)
        {
            await events.CompleteAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _services.Ticker.DisposeAsync().ConfigureAwait(false);
        await _housekeeping.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_replicator.IsServing && !_context.Moved.IsEmpty && !cancellationToken.IsCancellationRequested)
        {
            await NoteCursorsAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Closes the connections of clients, which are told that the server shuts down; code of this process can go on until the broker stops.
    /// For an application that stops: its listeners admit nobody any more.
    /// </summary>
    /// <param name="cancellationToken">Ends the patience with those that do not go.</param>
    public ValueTask CloseClientsAsync(CancellationToken cancellationToken = default) => CloseAsync(static connection => !connection.IsTrusted, cancellationToken);

    private async ValueTask CloseAsync(Func<Connection, bool> which, CancellationToken cancellationToken)
    {
        foreach (Connection connection in _connections.ToList().Where(which))
        {
            connection.RequestClose(ReasonCode.ServerShuttingDown, "the server is shutting down");
        }

        FlushList.FlushAll();
        await WaitUntilGoneAsync(which, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return; // an application's container, and the broker's own
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(_context.Options.ShutdownSeconds), _context.Time);
        await StopAsync(patience.Token).ConfigureAwait(false);
        _memory?.Detach(ForgetAsync);
        await _services.Hooks.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
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

    private async ValueTask WaitUntilGoneAsync(Func<Connection, bool> which, CancellationToken cancellationToken)
    {
        try
        {
            while (_connections.ToList().Any(which))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (Connection connection in _connections.ToList().Where(which))
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
            Volatile.Write(ref _steppedAt, _context.Time.GetTimestamp());
            CheckRoom();
            CheckServing();
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
            if (_replicator.IsLeader)
            {
                await ExpireSessionsAsync().ConfigureAwait(false);
            }

            if (_replicator.IsServing)
            {
                await NoteCursorsAsync().ConfigureAwait(false);
                if (_limiter is not null && _stores.CanTrim)
                {
                    await _limiter.EnforceAsync(everything).ConfigureAwait(false);
                }
            }

            if (everything)
            {
                await RunEverySecondAsync().ConfigureAwait(false);
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

    private async ValueTask RunEverySecondAsync()
    {
        if (_replicator.IsLeader)
        {
            if (_state.Retained.HasExpired(_context.NowMs))
            {
                await _replicator.ProposeAsync(new RemoveExpiredRetained(10_000)).ConfigureAwait(false);
            }

            await SendForgottenWillsAsync().ConfigureAwait(false);
            await Admin.Bans.ForgetExpiredAsync().ConfigureAwait(false);
        }

        _storeCensus.Continue();
        await _sysTopics.UpdateAsync().ConfigureAwait(false);
        Admin.Topics.Collect();
        _services.Traces.Review();
        History.Add(_context.NowMs, TakeSample);
        if (_replicator.IsServing)
        {
            await TrimAsync().ConfigureAwait(false);
        }
    }

    private StatSample TakeSample()
    {
        if (_storage.Folder is { } folder)
        {
            try
            {
                StoreBytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A file was deleted as it was looked at: the next sample has it right.
            }
        }

        return Admin.Stats.TakeSample();
    }

    /// <summary>Sends Wills that whoever was to send them has not sent for a while: that node may be gone. Each is sent once, whoever tries.</summary>
    private async ValueTask SendForgottenWillsAsync()
    {
        if (_replicator.IsAlone)
        {
            return;
        }

        IReadOnlyList<DueWill> due = await _replicator.ProposeAsync(new ListDueWills()).ConfigureAwait(false);
        foreach (DueWill will in due.Where(will => _dueWills.Contains(will.Id)))
        {
            await _services.Wills.SendAsync(will).ConfigureAwait(false);
        }

        _dueWills = [.. due.Select(will => will.Id)];
    }

    private LogTrimmer CreateTrimmer() =>
        new(_state, _replicator, _store, _context.Time, _retention, isShared: _outbox is { IsShared: true });

    private async ValueTask TrimAsync()
    {
        if (_outbox is { IsShared: true } && !_replicator.IsLeader)
        {
            _trimmer = CreateTrimmer(); // when this node leads again, it does not know what others have looked at
            await _trimmer.NoteCursorsAsync().ConfigureAwait(false);
            return;
        }

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
        int reserve = _storage.Options.FreeSpaceReserveMegabytes;
        if (_storage.Folder is { } folder && (reserve > 0 || _diskFull))
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

    /// <summary>Who is cut off from the cluster serves no durable sessions, since another node may have them by now; after a while their clients are sent away.</summary>
    private void CheckServing()
    {
        _services.Outage.Observe();
        bool serves = _replicator.IsServing;
        for (int held = serves ? _context.Held.Count : 0; held > 0 && _context.Held.TryDequeue(out SessionQueue? queue); held--)
        {
            queue.Resume();
            FlushList.FlushAll();
        }

        if (serves != _wasServing)
        {
            _wasServing = serves;
            if (serves)
            {
                _context.Log.Serving();
                _context.Events.Add(EventKind.Node, _context.Node.ToString(), "serves");
            }
            else
            {
                _context.Log.NotServing();
                _context.Events.Add(EventKind.Node, _context.Node.ToString(), "does not serve: it is not in touch with the cluster");
            }
        }

        if (!_services.Outage.IsTooLong)
        {
            return;
        }

        foreach (Connection connection in _connections.ToList().Where(connection => connection.HasDurableSession))
        {
            connection.RequestClose(ReasonCode.UseAnotherServer, "this node is cut off from the cluster");
        }

        FlushList.FlushAll();
    }

    /// <summary>Has connections ask hooks anew; a few of them at a time.</summary>
    private Task ForgetAsync(string? clientId, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        _connections.ToList().Where(connection => clientId is null || connection.ClientId == clientId),
        new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
        static async (connection, _) => await connection.ForgetVerdictsAsync().ConfigureAwait(false));

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
            connection.RequestClose(
                code,
                code == ReasonCode.MaximumConnectTime ? "what admitted the client has expired"
                    : connection.IsConnected ? "nothing came within one and a half times the Keep Alive"
                    : "CONNECT was not completed in time");
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
            if (_state.Sessions.Find(clientId) is null)
            {
                _services.Admissions.Expire();
            }

            if (closed.Expired)
            {
                _context.Events.Add(EventKind.SessionExpired, clientId, "its expiry interval is over");
                _services.Hooks.Events?.SessionExpired(clientId);
            }

            if (closed.Will is { } will)
            {
                await _services.Wills.SendAsync(will).ConfigureAwait(false);
            }
        }

        return clientIds.Count > 0;
    }
}
