using Grpc.Core;
using Microsoft.Extensions.Logging;
using SkyTree.Cluster.Peers.Frames;
using SkyTree.Cluster.Peers.Outbound;
using SkyTree.Cluster.Peers.Protocol;

namespace SkyTree.Cluster.Peers;

/// <summary>
/// This node's link to another: an ordered stream of frames, requests, and files. Dials again whenever it is lost. A frame
/// that was taken arrives once or, if the link goes down, not at all; nothing is sent again on the next connection.
/// </summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private readonly PeerAddress _peer;
    private readonly PeerLinksOptions _options;
    private readonly IPeerHandler _handler;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly FrameBuffer _buffer;

    // Not disposed: calls may still come to them, and they hold nothing but memory.
    private readonly SemaphoreSlim _requests;
    private readonly CancellationTokenSource _stop = new();

    private readonly Func<long> _nextStream;
    private readonly Task _running;

    // Written by the run loop alone.
    private volatile PeerConnection? _connection;
    private string? _lastFailure;
    private long _lostFrames;

    internal PeerLink(
        PeerAddress peer, PeerLinksOptions options, IPeerHandler handler, Func<long> nextStream, TimeProvider timeProvider, ILogger logger)
    {
        _peer = peer;
        _options = options;
        _handler = handler;
        _timeProvider = timeProvider;
        _logger = logger;
        _nextStream = nextStream;
        _buffer = new FrameBuffer(options.BufferBytes);
        _requests = new SemaphoreSlim(options.MaximumRequests);
        _running = Task.Run(RunAsync);
    }

    /// <summary>The other node.</summary>
    public NodeId Id => _peer.Id;

    /// <summary>Where it is dialled.</summary>
    public Uri Address => _peer.Address;

    /// <summary>Whether frames and requests are taken.</summary>
    public bool IsConnected => _connection is not null;

    /// <summary>Which of its lives the other node is in; 0 when not connected.</summary>
    public long RemoteIncarnation => _connection?.Remote.Incarnation ?? 0;

    /// <summary>The highest format level that both nodes read; 0 when not connected.</summary>
    public int Level => _connection is { } connection ? PeerHello.Of(_options).LevelWith(connection.Remote) : 0;

    /// <summary>How long a ping takes; null when not connected or not known yet.</summary>
    public TimeSpan? RoundTrip => _connection?.RoundTrip;

    /// <summary>Bytes of frames that wait or are being sent.</summary>
    public int PendingBytes => _buffer.PendingBytes;

    /// <summary>Frames that were taken and were not yet given to the network when a connection ended, in all.</summary>
    public long LostFrames => Volatile.Read(ref _lostFrames);

    /// <summary>Whether more than half of the buffer waits.</summary>
    public bool IsCongested => _buffer.IsCongested;

    /// <summary>Sends a frame; its bytes are copied and it never waits.</summary>
    /// <param name="kind">What it is, for the other node's handler.</param>
    /// <param name="header">The first part of the frame's body; may be empty.</param>
    /// <param name="body">The rest of it.</param>
    /// <returns>False: not connected, or the buffer has no room for it. The drop is the caller's to count.</returns>
    public bool TrySend(byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) => _buffer.TryAppend(kind, header, body);

    /// <summary>Waits until it is not congested, or not connected.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => _buffer.WaitForRoomAsync(cancellationToken);

    /// <summary>Asks the other node, which answers in no particular order with frames and other requests.</summary>
    /// <param name="kind">What it is, for the other node's handler.</param>
    /// <param name="body">Up to 16 MiB; must not change until this returns.</param>
    /// <param name="timeout">How long an answer may take, with waiting for one's turn.</param>
    /// <param name="cancellationToken">Gives up; the other node is told.</param>
    /// <returns>The answer, which is the caller's.</returns>
    /// <exception cref="PeerException">There is no answer; it says why.</exception>
    /// <exception cref="OperationCanceledException">Given up by the caller.</exception>
    public async Task<ReadOnlyMemory<byte>> RequestAsync(
        byte kind, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
        => (await CallAsync(PeerMethods.Request, new PeerMessage(kind, body), timeout, cancellationToken).ConfigureAwait(false)).Body;

    /// <summary>Copies one of the other node's files.</summary>
    /// <param name="name">As its handler knows it.</param>
    /// <param name="destination">Gets the bytes; also those of a fetch that fails later.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PeerException">There is no such file (<see cref="PeerError.Refused"/>), or the link was lost, or the other node failed.</exception>
    /// <exception cref="OperationCanceledException">Given up by the caller.</exception>
    public async Task FetchAsync(string name, Stream destination, CancellationToken cancellationToken)
    {
        using CancellationTokenSource abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<PooledBytes>? next = ReadPieceAsync(new FilePiece(name, 0), abandon.Token);
        try
        {
            for (long offset = 0; next is not null;)
            {
                using PooledBytes piece = await next.ConfigureAwait(false);
                offset += piece.Length;
                // The next piece is under way while this one is written.
                next = piece.Length == PeerMethods.PieceBytes ? ReadPieceAsync(new FilePiece(name, offset), abandon.Token) : null;
                await destination.WriteAsync(piece.Array.AsMemory(0, piece.Length), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (next is { IsCompletedSuccessfully: false })
            {
                await abandon.CancelAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends it, as <see cref="PeerLinks"/> does. Waits for the handler, but no longer than a second.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.WaitAsync(PeerLinks.StopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Pieces have no deadline of their own: when the other node falls silent, the connection ends.</summary>
    private Task<PooledBytes> ReadPieceAsync(FilePiece piece, CancellationToken cancellationToken)
        => CallAsync(PeerMethods.ReadFile, piece.ToMessage(), Timeout.InfiniteTimeSpan, cancellationToken);

    private async Task<TResponse> CallAsync<TResponse>(
        Method<PeerMessage, TResponse> method, PeerMessage message, TimeSpan timeout, CancellationToken cancellationToken)
        where TResponse : class
    {
        PeerConnection connection = _connection ?? throw new PeerException(PeerError.NotConnected, $"there is no link to node {Id}");
        using CancellationTokenSource timer = new(timeout, _timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, connection.Ended, cancellationToken);
        try
        {
            await _requests.WaitAsync(linked.Token).ConfigureAwait(false);
            try
            {
                DateTime? deadline = timeout == Timeout.InfiniteTimeSpan ? null : _timeProvider.GetUtcNow().UtcDateTime + timeout;
                return await connection.CallAsync(method, message, deadline, linked.Token).ConfigureAwait(false);
            }
            finally
            {
                _requests.Release();
            }
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failure(exception, connection, timer.IsCancellationRequested);
        }
    }

    private PeerException Failure(Exception exception, PeerConnection connection, bool isLate) => exception switch
    {
        _ when connection.Ended.IsCancellationRequested => new PeerException(PeerError.NotConnected, $"the link to node {Id} was lost", exception),
        RpcException { StatusCode: StatusCode.DeadlineExceeded } or OperationCanceledException => new PeerException(PeerError.TimedOut, $"node {Id} has not answered in time", exception),
        _ when isLate => new PeerException(PeerError.TimedOut, $"node {Id} has not answered in time", exception),
        RpcException { StatusCode: StatusCode.FailedPrecondition } refusal => new PeerException(PeerError.Refused, refusal.Status.Detail, exception),
        RpcException { StatusCode: StatusCode.Internal } failure when failure.Trailers.GetValue(PeerHeaders.Failure) is not null
            => new PeerException(PeerError.Failed, failure.Status.Detail, exception),
        _ => new PeerException(PeerError.NotConnected, $"the link to node {Id} was lost", exception),
    };

    private async Task RunAsync()
    {
        int failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                PeerConnection connection = await PeerConnection.OpenAsync(_peer, _options, _nextStream(), _timeProvider, _stop.Token).ConfigureAwait(false);
                long start = _timeProvider.GetTimestamp();
                await ServeAsync(connection).ConfigureAwait(false);
                // One that is lost at once, again and again, is dialled less and less often.
                failures = _timeProvider.GetElapsedTime(start) > _options.LongestBackOff ? 0 : failures + 1;
            }
            catch (PeerException exception)
            {
                failures++;
                LogFailure(exception.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(BackOff(failures), _timeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(PeerConnection connection)
    {
        _buffer.Open();
        _connection = connection;
        _lastFailure = null;
        Log.LinkUp(_logger, Id, Address, Level);
        Task<string> running = connection.RunAsync(_buffer, _stop.Token);
        Tell(_handler.OnLinkUp);
        string reason = await running.ConfigureAwait(false);
        _connection = null;
        int lost = _buffer.Clear();
        Interlocked.Add(ref _lostFrames, lost);
        if (!_stop.IsCancellationRequested)
        {
            Log.LinkDown(_logger, Id, Address, lost, reason);
        }

        Tell(_handler.OnLinkDown);
    }

    private void Tell(Action<PeerLink> change)
    {
        try
        {
            change(this);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.HandlerFailed(_logger, exception, Id);
        }
    }

    /// <summary>Once for each reason; it may go on for days.</summary>
    private void LogFailure(string reason)
    {
        if (reason != _lastFailure)
        {
            _lastFailure = reason;
            Log.LinkFailed(_logger, Id, Address, reason);
        }
    }

    /// <summary>Between half of and the whole wait, so that nodes that lost each other together do not all dial together.</summary>
    private TimeSpan BackOff(int failures)
    {
        double longest = _options.ShortestBackOff.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        return TimeSpan.FromMilliseconds(Math.Min(longest, _options.LongestBackOff.TotalMilliseconds) * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
