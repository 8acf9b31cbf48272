using Microsoft.Extensions.Logging;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>
/// One bridge. What is to be sent waits in a durable session of this broker, which is open only while the other broker is connected: so the log
/// is the queue, and what was under way when the connection was lost comes again. In a cluster the leader runs it; who takes over takes
/// both sessions, and so ends what the node before may still have.
/// </summary>
internal sealed class Bridge
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500); // whether it is still this node's, and not paused
    private static readonly TimeSpan s_steady = TimeSpan.FromSeconds(10); // a connection that has held so long was a good one
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private readonly string _name;
    private readonly BridgeOptions _options;
    private readonly Broker _broker;
    private readonly ISkyTreeClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TopicMap _topics;
    private readonly RemoteOptions _remote;
    private readonly BackOff _backoff;
    private readonly BridgeCounters _counters = new();
    private readonly BridgeItem _description;
    private readonly Lock _lock = new();
    private BridgeState _state = BridgeState.Standby; // guarded by _lock, as are the next three
    private DateTimeOffset _since;
    private string? _error;
    private DateTimeOffset? _errorAt;
    private DateTimeOffset _refusalLogged; // guarded by _lock
    private bool _isPrepared; // the loop's: the session is there, with the subscriptions of the configuration
    private bool _asBridge = true; // the loop's

    /// <summary>Creates it; nothing happens until it runs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">Its options; validated by the caller.</param>
    /// <param name="broker">This broker.</param>
    /// <param name="client">Its client.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it logs.</param>
    public Bridge(string name, BridgeOptions options, Broker broker, ISkyTreeClient client, TimeProvider time, ILogger logger)
    {
        _name = name;
        _options = options;
        _broker = broker;
        _client = client;
        _time = time;
        _logger = logger;
        _topics = new TopicMap(options.Topics);
        _remote = new RemoteOptions(name, options);
        _backoff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(options.MaximumBackoffSeconds));
        _since = time.GetUtcNow();
        _description = new BridgeItem
        {
            Name = name,
            Server = options.Server,
            State = _state,
            Since = _since,
            ClientId = "bridge-" + name,
            Lag = _topics.LocalFilters.Count > 0 ? 0 : null,
            Topics = [.. options.Topics.Select(topic => new BridgeTopic(topic.Filter, topic.Direction, topic.LocalPrefix, topic.RemotePrefix, (QoS)topic.QoS))],
        };
    }

    /// <summary>How it is.</summary>
    public BridgeItem Status
    {
        get
        {
            lock (_lock)
            {
                return _description with
                {
                    State = _state,
                    Since = _since,
                    LastError = _error,
                    LastErrorAt = _errorAt,
                    Sent = _counters.Sent,
                    Received = _counters.Received,
                    Looped = _counters.Looped,
                    Refused = _counters.Refused,
                    Failures = _counters.Failures,
                };
            }
        }
    }

    /// <summary>Runs it until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (Rest() is { } rest)
                {
                    _isPrepared = false; // another node may run it meanwhile
                    Become(rest);
                    await Task.Delay(s_look, _time, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                await RunWhileOursAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It is paused, no longer this node's, or to end.
            }
            catch (Exception exception)
            {
                await FailAsync(exception, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private BridgeState? Rest() =>
        !_broker.Leads ? BridgeState.Standby : _broker.Admin.Bridges.IsPaused(_name) ? BridgeState.Paused : null;

    private async Task RunWhileOursAsync(CancellationToken cancellationToken)
    {
        using var ours = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = WatchAsync(ours);
        try
        {
            await ConnectAndRunAsync(ours.Token).ConfigureAwait(false);
        }
        finally
        {
            await ours.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WatchAsync(CancellationTokenSource ours)
    {
        while (Rest() is null)
        {
            await Task.Delay(s_look, _time, ours.Token).ConfigureAwait(false);
        }

        await ours.CancelAsync().ConfigureAwait(false);
    }

    private async Task ConnectAndRunAsync(CancellationToken cancellationToken)
    {
        Become(BridgeState.Connecting);
        if (!_isPrepared)
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            _isPrepared = true;
        }

        var path = new MessagePath(await _broker.Admin.Bridges.GetPathNameAsync().ConfigureAwait(false));
        var inbound = new InboundPump(_client, _description.ClientId, _options.Window, _topics, path, _counters, Refuse);
        await using var remote = new RemoteBroker(_remote, inbound.TakeAsync);
        if (!await remote.ConnectAsync(_asBridge, cancellationToken).ConfigureAwait(false))
        {
            if (_remote.HasProperties || !_asBridge)
            {
                throw new BridgeException($"The other broker does not speak MQTT {_options.ProtocolVersion}.");
            }

            _asBridge = false; // not every broker knows what it means
            return;
        }

        if (_topics.RemoteFilters is { Count: > 0 } filters)
        {
            await remote.SubscribeAsync(filters, cancellationToken).ConfigureAwait(false);
        }

        long connected = _time.GetTimestamp();
        try
        {
            await PassAsync(remote, inbound, path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (_time.GetElapsedTime(connected) > s_steady)
            {
                _backoff.Reset();
            }
        }
    }

    private async Task PassAsync(RemoteBroker remote, InboundPump inbound, MessagePath path, CancellationToken cancellationToken)
    {
        await using MessageSubscription? session = _topics.LocalFilters.Count > 0 ? await OpenSessionAsync(cancellationToken).ConfigureAwait(false) : null;
        Become(BridgeState.Connected);
        Log.Connected(_logger, _name, _options.Server);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> parts = [remote.Lost.WaitAsync(ending.Token), inbound.RunAsync(ending.Token)];
        using var outbound = new OutboundPump(remote, _topics, path, _counters, Refuse);
        if (session is not null)
        {
            parts.Add(outbound.RunAsync(session, ending.Token));
        }

        Task first = await Task.WhenAny(parts).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
    }

    // The session must be there before the other broker is, so that nothing is lost that is published meanwhile.
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, QoS> wanted = _topics.LocalFilters;
        if (wanted.Count > 0)
        {
            MessageSubscription session = await OpenSessionAsync(cancellationToken).ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
        }

        try
        {
            SessionDetails before = await _broker.Admin.Sessions.GetAsync(Caller.Application, _description.ClientId, cancellationToken).ConfigureAwait(false);
            if (wanted.Count == 0)
            {
                await _broker.Admin.Sessions.DeleteAsync(Caller.Application, _description.ClientId, cancellationToken).ConfigureAwait(false);
            }

            foreach (string old in before.Subscriptions.Select(subscription => subscription.Filter).Where(filter => wanted.Count > 0 && !wanted.ContainsKey(filter)))
            {
                await _broker.Admin.Sessions.UnsubscribeAsync(Caller.Application, _description.ClientId, old, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (AdminException exception) when (exception.Error == AdminError.NotFound)
        {
            // There is no session, and none is needed; or somebody has ended it just now.
        }
    }

    private Task<MessageSubscription> OpenSessionAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, QoS> filters = _topics.LocalFilters;
        return _client.SubscribeAsync(
            new SubscribeOptions
            {
                Filters = [.. filters.Keys],
                QoSByFilter = filters,
                ClientId = _description.ClientId,
                SessionExpirySeconds = uint.MaxValue,
                NoLocal = true,
                RetainAsPublished = true,
                RetainHandling = RetainHandling.SendIfNew,
                Window = (ushort)_options.Window,
            },
            cancellationToken);
    }

    private void Become(BridgeState state)
    {
        lock (_lock)
        {
            if (_state != state)
            {
                _state = state;
                _since = _time.GetUtcNow();
            }
        }
    }

    private async Task FailAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        if (exception is not (BridgeException or SubscriptionEndedException or AdminException))
        {
            Log.Unexpected(_logger, _name, exception);
        }

        _counters.CountFailure();
        TimeSpan wait = _backoff.Next();
        Note(exception.Message);
        Become(BridgeState.Waiting);
        Log.Failed(_logger, _name, exception.Message, wait.TotalSeconds);
        for (long started = _time.GetTimestamp(); Rest() is null && wait - _time.GetElapsedTime(started) is var left && left > TimeSpan.Zero;)
        {
            await Task.Delay(left < s_look ? left : s_look, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Refuse(string reason)
    {
        Note(reason);
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (now - _refusalLogged < s_quiet)
            {
                return;
            }

            _refusalLogged = now;
        }

        Log.Refused(_logger, _name, reason);
    }

    private void Note(string error)
    {
        lock (_lock)
        {
            _error = error;
            _errorAt = _time.GetUtcNow();
        }
    }
}
