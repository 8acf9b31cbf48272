using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace SkyTree.Store.Redis.Server;

/// <summary>
/// The connection to the server, which is made again by itself whenever it is lost. Until then every call fails at once: the
/// caller keeps what it has and knows best when to try again.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private const int ReconnectMilliseconds = 500; // looked at once a second
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly ConnectionMultiplexer _multiplexer;
    private readonly IDatabase _database;
    private readonly RedisErrors _errors;
    private int _losses; // how often the connection was lost; written by the library's events
    private volatile bool _disposed;

    private RedisConnection(ConnectionMultiplexer multiplexer, RedisErrors errors, RedisStoreLog log)
    {
        _multiplexer = multiplexer;
        _database = multiplexer.GetDatabase();
        _errors = errors;
        multiplexer.ConnectionFailed += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
            {
                Interlocked.Increment(ref _losses);
                log.ConnectionLost(RedisErrors.NameOf(e.EndPoint), e.FailureType);
            }
        };
        multiplexer.ConnectionRestored += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
            {
                log.ConnectionRestored(RedisErrors.NameOf(e.EndPoint));
            }
        };
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="ArgumentException">One of them cannot be used.</exception>
    public static ConfigurationOptions Configure(RedisStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.ConnectionString, nameof(options));
        if (string.IsNullOrEmpty(options.KeyPrefix) || options.KeyPrefix.AsSpan().ContainsAny('{', '}'))
        {
            throw new ArgumentException("KeyPrefix must not be empty and must not contain braces.", nameof(options));
        }

        RequireTimeout(options.ConnectTimeout, nameof(options.ConnectTimeout));
        RequireTimeout(options.OperationTimeout, nameof(options.OperationTimeout));
        ConfigurationOptions configuration = ConfigurationOptions.Parse(options.ConnectionString);
        if (configuration.EndPoints.Count == 0)
        {
            throw new ArgumentException("The connection string names no server.", nameof(options));
        }

        AddDefaultPorts(configuration);
        configuration.AbortOnConnectFail = true; // or the first connection would fail silently; later ones are made again either way
        configuration.ConnectRetry = 1; // the trying again is ours
        configuration.ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds;
        configuration.AsyncTimeout = configuration.SyncTimeout = (int)options.OperationTimeout.TotalMilliseconds;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds); // the library's own grows to a minute
        configuration.TieBreaker = configuration.ConfigurationChannel = ""; // the library's own key and channel, which our user may not touch
        configuration.ClientName ??= "skytree";
        return configuration;
    }

    /// <summary>Connects, trying until the options' timeout has passed: broker and server may be starting together.</summary>
    /// <exception cref="RedisStoreException">The server cannot be reached, or refuses the user.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisStoreOptions options, RedisStoreLog log, CancellationToken cancellationToken)
    {
        ConfigurationOptions configuration = Configure(options);
        RedisErrors errors = new(configuration.EndPoints, options.OperationTimeout);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            RedisConnection? connection = null;
            try
            {
                TimeSpan left = TimeSpan.FromMilliseconds(Math.Max((options.ConnectTimeout - Stopwatch.GetElapsedTime(start)).TotalMilliseconds, 1));
                if (configuration.Tunnel is null)
                {
                    await ServerProbe.ReachAnyAsync(configuration.EndPoints, left, cancellationToken).ConfigureAwait(false);
                }

                configuration.ConnectTimeout = (int)left.TotalMilliseconds;
                connection = new RedisConnection(await ConnectAsync(configuration, cancellationToken).ConfigureAwait(false), errors, log);
                await connection._database.PingAsync().WaitAsync(cancellationToken).ConfigureAwait(false); // refused while it is loading its data
                return connection;
            }
            catch (Exception e) when (RedisErrors.IsRedis(e, cancellationToken))
            {
                await CloseAsync(connection).ConfigureAwait(false);
                if (RedisErrors.IsRefusal(e) || Stopwatch.GetElapsedTime(start) + RetryDelay >= options.ConnectTimeout)
                {
                    throw errors.CannotOpen(e, options.ConnectTimeout);
                }
            }
            catch
            {
                await CloseAsync(connection).ConfigureAwait(false);
                throw;
            }

            await Task.Delay(RetryDelay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Names the servers, without user and password.</summary>
    public string Name => _errors.Servers;

    /// <summary>Calls the server.</summary>
    /// <exception cref="RedisStoreException">It cannot be reached, did not answer in time, or refused.</exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int losses = Volatile.Read(ref _losses);
        T answer;
        try
        {
            answer = await call(_database).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsRedis(e, cancellationToken) && !(_disposed && e is ObjectDisposedException))
        {
            throw _errors.Failed(e);
        }

        // The library gives up a dying connection's buffers while it reads an answer from them: what it read may be anything.
        return losses == Volatile.Read(ref _losses) && _multiplexer.IsConnected ? answer : throw _errors.NoConnection();
    }

    /// <summary>
    /// Runs a script. The server is given its text once; one that was restarted has forgotten it and is given it again, so what
    /// was sent behind it may then run before it.
    /// </summary>
    /// <exception cref="RedisStoreException">The server cannot be reached, did not answer in time, or refused.</exception>
    public Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken) =>
        CallAsync(d => d.ScriptEvaluateAsync(script, keys, arguments), cancellationToken);

    /// <summary>The server that holds a key; in Redis Cluster there are several.</summary>
    public async Task<IServer> GetServerAsync(RedisKey key, CancellationToken cancellationToken)
    {
        EndPoint? endPoint = await CallAsync(d => d.IdentifyEndpointAsync(key), cancellationToken).ConfigureAwait(false);
        return endPoint is null ? throw _errors.NoConnection() : _multiplexer.GetServer(endPoint);
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration, CancellationToken cancellationToken)
    {
        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(configuration);
        try
        {
            return await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It comes to its end by itself; nobody is left to close what it made.
            _ = connecting.ContinueWith(
                static t => _ = t.IsCompletedSuccessfully ? t.Result.DisposeAsync().AsTask() : (object?)t.Exception,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }

    private static ValueTask CloseAsync(RedisConnection? connection) => connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static void AddDefaultPorts(ConfigurationOptions configuration)
    {
        for (int i = 0; i < configuration.EndPoints.Count; i++)
        {
            int port = configuration.Ssl ? 6380 : 6379;
            configuration.EndPoints[i] = configuration.EndPoints[i] switch
            {
                DnsEndPoint { Port: 0 } dns => new DnsEndPoint(dns.Host, port),
                IPEndPoint { Port: 0 } ip => new IPEndPoint(ip.Address, port),
                EndPoint other => other,
            };
        }
    }

    private static void RequireTimeout(TimeSpan timeout, string name)
    {
        if (timeout < ShortestTimeout || timeout > LongestTimeout)
        {
            throw new ArgumentException($"{name} must be from 100 milliseconds to 10 minutes.");
        }
    }
}
