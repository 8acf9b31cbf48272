using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Listeners;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Connections;

/// <summary>
/// One client's network connection. Its own thread of work reads and handles packets one after the other; others only
/// append to <see cref="Outbound"/> and ask it to close.
/// </summary>
internal sealed partial class Connection : IRoomListener
{
    private readonly ConnectionServices _services;
    private readonly ListenerConnection _peer;
    private readonly PipeReader _input;
    private readonly IAuthorizer _authorizer;

    // Written by the connection's own thread of work.
    private ConnectionState _state;
    private ProtocolVersion _version = ProtocolVersion.V5;
    private int _keepAliveSeconds;
    private bool _requestProblemInformation = true;
    private ClientIdentity? _identity;
    private Session? _session;
    private long _epoch;
    private bool _discardWill;
    private uint? _expiryAtDisconnect;
    private Task? _wait; // what the packet just handled has to wait for; interlocked

    private long _lastReceivedMs; // the ticker's elapsed time at the last packet; written by the connection, read by the ticker
    private int _closeRequested; // 0 or 1; interlocked
    private volatile string? _closeReason; // for the log; written by whoever closes
    private volatile bool _stop;
    private volatile bool _notReading; // held back for its rate, or until it reads what it was sent
    private int _flushesSeen; // the ticker's
    private long _connectedAtMs; // when CONNECT was done, in Unix milliseconds; written once by the connection
    private bool _cleanStart; // of CONNECT; as above
    private ushort _receiveMaximum; // of CONNECT; as above
    private long _totalPackets; // received; written by the connection, read by all, as are the next two
    private long _totalPublishes;
    private long _totalBytes;
    private CancellationTokenSource? _stopping; // made when something is waited for; guarded by this connection's _stopGate
    private readonly Lock _stopGate = new();

    public Connection(ConnectionServices services, ListenerConnection peer)
    {
        _services = services;
        _peer = peer;
        _input = peer.Transport.Input;
        _authorizer = peer.IsTrusted ? TrustedAuthorizer.Instance : services.Authorizer;
        Outbound = new Outbound(peer.Transport.Output, peer.Listener.Limits.MaxOutboundBytes, this, services.Traffic) { Traces = services.Traces };
        _lastReceivedMs = services.Ticker.CoarseElapsedMs;
        _verdicts = services.Hooks.SeesAuthorizations && !peer.IsTrusted ? new HookVerdicts() : null;
    }

    public Outbound Outbound { get; }

    /// <summary>Neighbours in the table of connections; the table's.</summary>
    public Connection? Next { get; set; }

    /// <summary>Neighbours in the table of connections; the table's.</summary>
    public Connection? Previous { get; set; }

    /// <summary>The listener that accepted it.</summary>
    public Listener Listener => _peer.Listener;

    public bool IsConnected => _state == ConnectionState.Connected;

    /// <summary>Whether it is code of this process.</summary>
    public bool IsTrusted => _peer.IsTrusted;

    /// <summary>Who is connected; null: it is not known yet.</summary>
    public ClientIdentity? Client => _identity;

    private BrokerOptions Options => _services.Options;

    private ListenerLimits Limits => _peer.Listener.Limits;

    /// <summary>Serves the connection until it ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            _closeReason ??= "the network connection broke";
        }
        catch (Exception e)
        {
            _services.Log.ConnectionFaulted(_identity?.ClientId ?? "", e);
            _closeReason ??= "a fault of the broker";
            SendDisconnect(ReasonCode.UnspecifiedError, null);
        }

        _state = ConnectionState.Closing;
        Outbound.Deliveries?.Dispose();
        try
        {
            await CloseSessionAsync().ConfigureAwait(false);
            FlushList.FlushAll();
            await DrainAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _services.Log.ConnectionFaulted(_identity?.ClientId ?? "", e);
        }
        finally
        {
            Outbound.Abandon(); // others may still hold it, and the transport is not ours from here on
            ReleaseStopToken();
            FlushList.FlushAll();
        }
    }

    /// <summary>Whether it has a session that outlives it.</summary>
    public bool HasDurableSession => _session is { IsDurable: true };

    /// <summary>Makes it the connection of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="epoch">The epoch under which it was opened.</param>
    internal void Serve(Session session, long epoch)
    {
        _epoch = epoch;
        _session = session;
    }

    /// <summary>Closes it from another thread: tells the client why, and stops reading. Holding no lock; the caller flushes.</summary>
    /// <param name="code">The reason.</param>
    /// <param name="reason">The same in words.</param>
    /// <param name="serverReference">The server to use instead; null: none is named.</param>
    public void RequestClose(ReasonCode code, string reason, string? serverReference = null)
    {
        if (Interlocked.Exchange(ref _closeRequested, 1) != 0)
        {
            return;
        }

        _closeReason ??= reason;
        SendDisconnect(code, reason, serverReference);
        Stop();
        _input.CancelPendingRead();
    }

    /// <summary>Ends the network connection without patience.</summary>
    public void Abort()
    {
        Stop();
        Outbound.Abandon();
        _peer.Abort();
        _input.CancelPendingRead();
    }

    /// <summary>Checks its clocks.</summary>
    /// <param name="elapsedMs">The ticker's elapsed time.</param>
    /// <returns>The reason to close it, or null.</returns>
    public ReasonCode? CheckDeadlines(long elapsedMs)
    {
        if (_held || (_notReading && (_rate is { } || HasManyPending || Outbound.Flushes != _flushesSeen)))
        {
            // The broker does not read from it, and it goes on taking what it is sent: it is not silent.
            _flushesSeen = Outbound.Flushes;
            Volatile.Write(ref _lastReceivedMs, elapsedMs);
        }

        long silent = elapsedMs - Volatile.Read(ref _lastReceivedMs);
        if (_state is ConnectionState.AwaitingConnect or ConnectionState.Authenticating)
        {
            return silent >= Limits.ConnectTimeoutSeconds * 1000L ? ReasonCode.KeepAliveTimeout : null;
        }

        if (_identity?.Grant?.ExpiresAt is { } end && end.ToUnixTimeMilliseconds() <= _services.Ticker.CoarseNowMs)
        {
            return ReasonCode.MaximumConnectTime;
        }

        // One and a half times the interval [MQTT-3.1.2-22].
        return _keepAliveSeconds > 0 && silent > _keepAliveSeconds * 1500L ? ReasonCode.KeepAliveTimeout : null;
    }

    string IRoomListener.ClientId => _session?.ClientId ?? "";

    void IRoomListener.OnRoom()
    {
        if (_session is { } session)
        {
            session.Queue.Pump();
            session.PumpGroups();
        }
    }

    private void Stop()
    {
        _stop = true;
        lock (_stopGate)
        {
            // What waits goes on elsewhere: not within this lock, nor on the thread of whoever closes.
            _ = _stopping?.CancelAsync();
        }
    }

    /// <summary>Connecting is done; idle connections keep no source.</summary>
    private void ReleaseStopToken()
    {
        lock (_stopGate)
        {
            _stopping?.Dispose();
            _stopping = null;
        }
    }

    private CancellationToken StopToken()
    {
        lock (_stopGate)
        {
            _stopping ??= new CancellationTokenSource();
            if (_stop)
            {
                _stopping.Cancel();
            }

            return _stopping.Token;
        }
    }

    /// <summary>Ends the connection for what the client did.</summary>
    private void Fail(ReasonCode code, string reason)
    {
        if (_state == ConnectionState.Connected)
        {
            SendDisconnect(code, reason);
        }

        _closeReason ??= $"{code}: {reason}";
        _state = ConnectionState.Closing;
        Stop();
    }

    private void Fail(DecodeError error) => Fail(error.Code, error.Reason);

    private void SendDisconnect(ReasonCode code, string? reason, string? serverReference = null)
    {
        if (_state == ConnectionState.Connected && _version == ProtocolVersion.V5)
        {
            Outbound.Append(
                static (packet, output, version, maximum) => packet.Write(output, version, maximum),
                new DisconnectPacket { ReasonCode = code, ReasonString = reason, ServerReference = serverReference },
                last: true);
        }
    }

    private async ValueTask CloseSessionAsync()
    {
        if (_session is not { } session)
        {
            return;
        }

        session.Queue.Detach(this);
        string reason = _closeReason ?? "the client closed the connection";
        if (ConnectedAtMs > 0) // who was refused after all has not been told of
        {
            _services.Hooks.Events?.Disconnected(_identity!, reason);
        }

        SessionClosed closed;
        try
        {
            closed = await _services.Replicator.ProposeAsync(
                new CloseSession(session, _epoch, _expiryAtDisconnect, _discardWill) { Reason = reason }).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException)
        {
            return; // the cluster has held this node for gone, and with it the client
        }

        _services.Log.Disconnected(session.ClientId, reason);
        _services.Events.Add(EventKind.Disconnected, session.ClientId, reason);
        if (closed.Will is { } will)
        {
            await _services.Wills.SendAsync(will).ConfigureAwait(false);
        }
    }

    // What was sent last (a CONNACK that refuses, a DISCONNECT) should still arrive; a client that reads nothing gets two seconds.
    private async ValueTask DrainAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), _services.Time);
        try
        {
            await Outbound.WaitUntilBelowAsync(0, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _peer.Abort();
        }
    }

    private string RemoteText => _peer.RemoteEndPoint?.ToString() ?? "unknown";

    private string? RemoteAddress => (_peer.RemoteEndPoint as IPEndPoint)?.Address.ToString();
}
