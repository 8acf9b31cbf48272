using System.Buffers.Binary;
using Grpc.Core;
using SkyTree.Cluster.Peers.Frames;
using SkyTree.Cluster.Peers.Protocol;

namespace SkyTree.Cluster.Peers.Outbound;

/// <summary>An accepted stream to a peer, on a connection of its own, from the handshake to the end. Used once.</summary>
internal sealed class PeerConnection : IDisposable
{
    /// <summary>Pings in a row that may go unanswered before the peer counts as gone.</summary>
    private const int MaximumSilence = 3;

    private readonly PeerChannel _channel;
    private readonly PeerLinksOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Metadata _headers;
    private readonly PeerMessage _pingMessage;
    private readonly CancellationTokenSource _end = new();
    private AsyncClientStreamingCall<PooledBytes, PeerMessage>? _call;
    private long _roundTripTicks;

    private PeerConnection(PeerAddress peer, PeerLinksOptions options, long stream, TimeProvider timeProvider)
    {
        _channel = new PeerChannel(peer, options);
        _options = options;
        _timeProvider = timeProvider;
        _headers = PeerHello.Of(options, stream).ToHeaders();
        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, stream);
        _pingMessage = new PeerMessage(0, number);
        Ended = _end.Token;
    }

    /// <summary>What the peer says of itself.</summary>
    public PeerHello Remote { get; private set; } = null!;

    /// <summary>Cancelled when the connection is over; what is under way on it then fails.</summary>
    public CancellationToken Ended { get; }

    /// <summary>How long the last ping took; null before the first answer.</summary>
    public TimeSpan? RoundTrip => Volatile.Read(ref _roundTripTicks) is > 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>Dials and shakes hands.</summary>
    /// <exception cref="PeerException">The peer cannot be reached, or one of the two refuses the other; the message says why.</exception>
    /// <exception cref="OperationCanceledException">Given up by the caller.</exception>
    public static async Task<PeerConnection> OpenAsync(
        PeerAddress peer, PeerLinksOptions options, long stream, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.ConnectTimeout, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        PeerConnection? connection = null;
        try
        {
            connection = new PeerConnection(peer, options, stream, timeProvider);
            await connection.ShakeHandsAsync(peer, linked.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw exception switch
            {
                PeerException => exception,
                RpcException { StatusCode: StatusCode.FailedPrecondition } refusal => new PeerException(PeerError.Refused, refusal.Status.Detail),
                RpcException failure => new PeerException(PeerError.NotConnected, Reason(failure), failure),
                OperationCanceledException => new PeerException(PeerError.NotConnected, $"no answer within {options.ConnectTimeout.TotalSeconds:0.#} s"),
                _ => new PeerException(PeerError.NotConnected, exception.Message, exception),
            };
        }
    }

    /// <summary>Sends what comes into the buffer, until the stream ends. The buffer must be open; it is closed afterwards, not cleared.</summary>
    /// <returns>Why it has ended.</returns>
    public async Task<string> RunAsync(FrameBuffer buffer, CancellationToken cancellationToken)
    {
        Task<string> send = SendAsync(buffer);
        Task<string> ping = PingAsync();
        Task<string> response = WatchAsync();
        TaskCompletionSource<string> given = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string reason;
        using (cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource<string>)source!).TrySetResult("this node has ended it"), given))
        {
            reason = await (await Task.WhenAny(send, ping, response, given.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }

        buffer.Close();
        Dispose();
        await Task.WhenAll(send, ping, response).ConfigureAwait(false);
        return reason;
    }

    /// <summary>Makes a call on this connection.</summary>
    public async Task<TResponse> CallAsync<TResponse>(
        Method<PeerMessage, TResponse> method, PeerMessage message, DateTime? deadline, CancellationToken cancellationToken)
        where TResponse : class
    {
        using AsyncUnaryCall<TResponse> call = _channel.Invoker.AsyncUnaryCall(
            method, null, new CallOptions(_headers, deadline, cancellationToken), message);
        return await call.ResponseAsync.ConfigureAwait(false);
    }

    public void Dispose()
    {
        try
        {
            _end.Cancel();
        }
        catch (AggregateException)
        {
            // A callback of a call that is ending anyway.
        }

        _call?.Dispose();
        _channel.Dispose();
    }

    private static string Reason(RpcException exception)
    {
        // The library's own words hide the cause: the socket's or the handshake's.
        Exception? cause = exception.Status.DebugException;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is null or OperationCanceledException ? exception.Status.Detail : cause.Message;
    }

    private async Task ShakeHandsAsync(PeerAddress peer, CancellationToken cancellationToken)
    {
        _call = _channel.Invoker.AsyncClientStreamingCall(PeerMethods.Frames, null, new CallOptions(_headers, cancellationToken: Ended));
        Task<Metadata> headers = _call.ResponseHeadersAsync;
        Task<PeerMessage> response = _call.ResponseAsync;
        _ = response.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _ = headers.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        // A refusal has headers too, so the answer to a handshake is looked at first.
        PeerHello? remote = PeerHello.TryRead(await headers.WaitAsync(cancellationToken).ConfigureAwait(false));
        if (remote is null)
        {
            await response.WaitAsync(cancellationToken).ConfigureAwait(false);
            throw new PeerException(PeerError.NotConnected, "who answers there is no node of this cluster");
        }

        PeerHello self = PeerHello.Of(_options);
        if (remote.Node != peer.Id && remote.Node != self.Node)
        {
            throw new PeerException(PeerError.Refused, $"node {remote.Node} answers there");
        }

        if (self.RefusalOf(remote) is { } refusal)
        {
            throw new PeerException(PeerError.Refused, refusal);
        }

        Remote = remote;
    }

    private async Task<string> SendAsync(FrameBuffer buffer)
    {
        try
        {
            while (await buffer.TakeAsync().ConfigureAwait(false) is { } batch)
            {
                await _call!.RequestStream.WriteAsync(batch, Ended).ConfigureAwait(false);
                buffer.Sent();
            }

            return "this node has ended it";
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            return exception is RpcException failure ? Reason(failure) : exception.Message;
        }
    }

    private async Task<string> WatchAsync()
    {
        try
        {
            await _call!.ResponseAsync.ConfigureAwait(false);
            return "the other node has ended it";
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            return exception is RpcException failure ? Reason(failure) : "the connection was lost";
        }
    }

    /// <summary>
    /// Asks at intervals whether the peer is there. Counts asked in vain, not time: when this process itself was stopped,
    /// nobody was silent.
    /// </summary>
    private async Task<string> PingAsync()
    {
        using PeriodicTimer timer = new(_options.PingInterval, _timeProvider);
        Task<TimeSpan>? ping = null;
        int silence = 0;
        try
        {
            do
            {
                if (ping is null or { IsCompleted: true })
                {
                    TimeSpan? roundTrip = ping is null ? null : await ping.ConfigureAwait(false);
                    Volatile.Write(ref _roundTripTicks, roundTrip?.Ticks ?? 0);
                    silence = 0;
                    ping = PingOnceAsync();
                }
                else if (++silence >= MaximumSilence)
                {
                    // It fails when the connection is disposed.
                    _ = ping.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                    return $"it has been silent for {(silence + 1) * _options.PingInterval.TotalSeconds:0.#} s";
                }
            }
            while (await timer.WaitForNextTickAsync(Ended).ConfigureAwait(false));
            return "this node has ended it";
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            return exception is RpcException failure ? Reason(failure) : "the connection was lost";
        }
    }

    private async Task<TimeSpan> PingOnceAsync()
    {
        long start = _timeProvider.GetTimestamp();
        await CallAsync(PeerMethods.Ping, _pingMessage, null, Ended).ConfigureAwait(false);
        return _timeProvider.GetElapsedTime(start);
    }

    /// <summary>All that a call throws when its connection goes away beneath it.</summary>
    private static bool IsEnd(Exception exception)
        => exception is RpcException or OperationCanceledException or InvalidOperationException or IOException or HttpRequestException;
}
