using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>
/// A WebSocket as the two pipes that the broker knows. MQTT packets may begin and end anywhere in a message; what the
/// broker flushes at once goes out as one message. Both pipes are small, so a side that does not read slows the other.
/// </summary>
internal sealed class WebSocketTransport : IDuplexPipe
{
    private const int PauseThreshold = 64 * 1024;

    // A batch of small messages is handed on together, up to about this.
    private const int BatchSize = 32 * 1024;

    // Frames that are read in a row before the other connections of the thread have their turn: a client may send empty
    // ones without end.
    private const int TurnFrames = 1024;

    private static readonly TimeSpan s_flushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(2);

    private readonly WebSocket _webSocket;
    private readonly TimeProvider _timeProvider;
    private readonly Pipe _inbound;
    private readonly Pipe _outbound;

    // Written by the receiving loop before it ends, read after that.
    private WebSocketCloseStatus _closeStatus = WebSocketCloseStatus.NormalClosure;
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    public WebSocketTransport(WebSocket webSocket, MemoryPool<byte> pool, TimeProvider timeProvider)
    {
        _webSocket = webSocket;
        _timeProvider = timeProvider;
        PipeOptions options = new(
            pool,
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: PauseThreshold,
            resumeWriterThreshold: PauseThreshold / 2,
            useSynchronizationContext: false);
        _inbound = new Pipe(options);
        _outbound = new Pipe(options);
    }

    public PipeReader Input => _inbound.Reader;

    public PipeWriter Output => _outbound.Writer;

    public void Start()
    {
        _receiving = ReceiveAsync();
        _sending = SendAsync();
    }

    /// <summary>Sends what has been flushed, closes the WebSocket with its handshake, and gives up on a peer that takes no part in that.</summary>
    public async Task CloseAsync()
    {
        await Output.CompleteAsync();
        // From here on the receiving loop drops what arrives, so that it comes to the peer's close.
        await Input.CompleteAsync();
        if (!await EndsWithinAsync(_sending, s_flushTimeout))
        {
            _webSocket.Abort();
        }
        else if (_webSocket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            Task closing = CloseOutputAsync();
            if (!await EndsWithinAsync(Task.WhenAll(closing, _receiving), s_closeTimeout))
            {
                _webSocket.Abort();
            }
        }

        await Task.WhenAll(_receiving, _sending);
        _webSocket.Dispose();
    }

    private async Task ReceiveAsync()
    {
        PipeWriter writer = _inbound.Writer;
        int unflushed = 0;
        int frames = 0;
        try
        {
            while (true)
            {
                if (++frames >= TurnFrames)
                {
                    frames = 0;
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }

                // Waits without a buffer: ten thousand idle connections must not hold ten thousand blocks.
#pragma warning disable CA2012 // Looked at, then awaited once.
                ValueTask<ValueWebSocketReceiveResult> waiting = _webSocket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
#pragma warning restore CA2012
                if (unflushed > 0 && (!waiting.IsCompleted || unflushed >= BatchSize))
                {
                    unflushed = 0;
                    await writer.FlushAsync(CancellationToken.None);
                }

                ValueWebSocketReceiveResult result = await waiting;
                if (result.MessageType == WebSocketMessageType.Binary && !result.EndOfMessage)
                {
                    result = await _webSocket.ReceiveAsync(writer.GetMemory(), CancellationToken.None);
                    writer.Advance(result.Count);
                    unflushed += result.Count;
                }

                if (result.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                if (result.MessageType == WebSocketMessageType.Text)
                {
                    // MQTT 5.0, 6.0: packets are sent in binary frames, others end the connection [MQTT-6.0.0-1].
                    _closeStatus = WebSocketCloseStatus.InvalidMessageType;
                    break;
                }
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // To the broker a connection that broke is one that ended.
        }

        await writer.CompleteAsync();
    }

    private async Task SendAsync()
    {
        PipeReader reader = _outbound.Reader;
        try
        {
            ReadResult result;
            do
            {
                result = await reader.ReadAsync(CancellationToken.None);
                ReadOnlySequence<byte> rest = result.Buffer;
                while (!rest.IsEmpty)
                {
                    ReadOnlyMemory<byte> segment = rest.First;
                    rest = rest.Slice(segment.Length);
                    await _webSocket.SendAsync(segment, WebSocketMessageType.Binary, endOfMessage: rest.IsEmpty, CancellationToken.None);
                }

                reader.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The broker learns it from its next flush.
        }

        await reader.CompleteAsync();
    }

    private async Task CloseOutputAsync()
    {
        try
        {
            await _webSocket.CloseOutputAsync(_closeStatus, statusDescription: null, CancellationToken.None);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // There is nobody left to say goodbye to.
        }
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan timeout)
    {
        try
        {
            await task.WaitAsync(timeout, _timeProvider);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static bool IsEnd(Exception exception)
        => exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
