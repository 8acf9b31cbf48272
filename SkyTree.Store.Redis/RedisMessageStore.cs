using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis.Layout;
using SkyTree.Store.Redis.Server;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

/// <summary>Keeps messages in Redis 6.2 and up. Failures of the server are <see cref="RedisStoreException"/>s.</summary>
/// <remarks>
/// A body is stored once, in a hash by offset. Beside it are two light indexes, a stream over all messages and a list for each
/// topic, so that what is not wanted is passed over and deleted without reading it. Whatever changes is staged first and
/// applied then, see <see cref="Scripts"/>; long work goes in pieces, so that others are served in between.
/// What outlives a restart of the server is up to its settings: opening the store warns when they promise less than the broker does.
/// </remarks>
public sealed partial class RedisMessageStore : MessageStore
{
    private const int LayoutVersion = 2;

    private readonly RedisStoreOptions _options;
    private readonly RedisStoreLog _log;
    private readonly Keys _keys;
    private readonly TopicNames _names = new();
    private RedisConnection? _connection; // set by OpenAsync

    /// <summary>Creates a store. Nothing is reached before it is opened.</summary>
    /// <param name="options">The server.</param>
    /// <param name="logger">Is told when the server's settings or a restart endanger messages.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public RedisMessageStore(RedisStoreOptions options, ILogger<RedisMessageStore>? logger = null)
    {
        RedisConnection.Configure(options);
        _options = options;
        _log = new RedisStoreLog(logger ?? NullLogger<RedisMessageStore>.Instance);
        _keys = new Keys(options.KeyPrefix);
    }

    private RedisConnection Connection => _connection ?? throw new InvalidOperationException("The store has not been opened.");

    /// <inheritdoc/>
    /// <exception cref="RedisStoreException">The server cannot be reached, refuses the user, or is too old.</exception>
    /// <exception cref="InvalidDataException">What is stored there was written by another version, with a layout that this one does not know.</exception>
    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        RedisConnection connection = await RedisConnection.OpenAsync(_options, _log, cancellationToken).ConfigureAwait(false);
        try
        {
            _connection = connection;
            ServerSettings settings = await ServerSettings.ReadAsync(connection, _keys.State, cancellationToken).ConfigureAwait(false);
            ServerCheck.Report(settings, connection.Name, _log);
            await RequireLayoutAsync(cancellationToken).ConfigureAwait(false);
            _acknowledged = await GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
            _log.Opened(settings.Version?.ToString() ?? "?", connection.Name, _keys.Pattern);
        }
        catch
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        // What was staged counts: from here on it is there, whoever asks.
        RedisResult last = await Connection.RunAsync(Scripts.Apply, _keys.All, [_keys.Queues], cancellationToken).ConfigureAwait(false);
        return (long)last;
    }

    /// <inheritdoc/>
    public override MessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new RedisMessageQueue(this, topic);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RequireLayoutAsync(CancellationToken cancellationToken)
    {
        await Connection.CallAsync(d => d.HashSetAsync(_keys.State, "layout", LayoutVersion, When.NotExists), cancellationToken).ConfigureAwait(false);
        RedisValue layout = await Connection.CallAsync(d => d.HashGetAsync(_keys.State, "layout"), cancellationToken).ConfigureAwait(false);
        if (layout != LayoutVersion)
        {
            string reason = layout.TryParse(out int version) && version < LayoutVersion
                ? "which was never released. Remove the keys to begin anew"
                : "which this program does not know";
            throw new InvalidDataException($"The messages in Redis at {Connection.Name}, keys {_keys.Pattern}, are of layout {layout}, {reason}.");
        }
    }

    /// <summary>
    /// Stages a change and applies it, or what was staged before it. The two are sent together; what the server has of them
    /// when it dies between is made up for by the next change.
    /// </summary>
    /// <param name="script">Stages it.</param>
    /// <param name="arguments">What that takes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What staging answered, and the last offset ever appended.</returns>
    private async Task<(RedisResult Staged, long LastOffset)> ChangeAsync(string script, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        Task<RedisResult> staging = Connection.RunAsync(script, _keys.All, arguments, cancellationToken);
        Task<RedisResult> applying = Connection.RunAsync(Scripts.Apply, _keys.All, [_keys.Queues], cancellationToken);
        await Task.WhenAll(staging, applying).ConfigureAwait(false);
        return (await staging.ConfigureAwait(false), (long)await applying.ConfigureAwait(false));
    }
}
