using System.Buffers;
using System.IO.Pipelines;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// A client's network connection to a broker in this process: two pipes, which stand for the two directions and block
/// the writer as a full socket does.
/// </summary>
internal sealed class TestConnection : IAsyncDisposable
{
    private readonly Pipe _toBroker;
    private readonly Pipe _toClient;
    private readonly CancellationTokenSource _aborted = new();
    private bool _clientReaderCompleted;

    private TestConnection(Pipe toBroker, Pipe toClient)
    {
        _toBroker = toBroker;
        _toClient = toClient;
    }

    /// <summary>Completes when the broker has let go of the connection.</summary>
    public Task Served { get; private set; } = Task.CompletedTask;

    /// <summary>True when the broker ended the connection at once, without waiting for what was still to be sent.</summary>
    public bool Aborted => _aborted.IsCancellationRequested;

    public static TestConnection Open(SkyTree.Core.Broker broker, Listener listener, System.Net.EndPoint remote, int bufferBytes)
    {
        PipeOptions options = new(
            pauseWriterThreshold: bufferBytes,
            resumeWriterThreshold: bufferBytes / 2,
            useSynchronizationContext: false);
        TestConnection connection = new(new Pipe(options), new Pipe(options));
        ListenerConnection accepted = new()
        {
            Listener = listener,
            Transport = new Duplex(connection._toBroker.Reader, connection._toClient.Writer),
            RemoteEndPoint = remote,
            LocalEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1883),
            Abort = connection.Abort,
        };
        connection.Served = connection.ServeAsync(broker, accepted);
        return connection;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        FlushResult result = await _toBroker.Writer.WriteAsync(bytes, cancellationToken);
        _ = result;
    }

    /// <summary>The next whole packet as bytes; null when the broker has closed the connection.</summary>
    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _toClient.Reader.ReadAsync(cancellationToken);
            }
            catch (IOException)
            {
                return null;
            }

            byte[]? frame = TakeFrame(result.Buffer, out SequencePosition consumed);
            _toClient.Reader.AdvanceTo(consumed, frame is null ? result.Buffer.End : consumed);
            if (frame is not null)
            {
                return frame;
            }

            if (result.IsCompleted)
            {
                return result.Buffer.IsEmpty ? null : throw new FormatException("the broker closed the connection within a packet");
            }
        }
    }

    /// <summary>The network breaks: nothing more passes in either direction.</summary>
    public void Drop()
    {
        _toBroker.Writer.Complete(new IOException("The network is gone."));
        CompleteClientReader();
    }

    /// <summary>The client closes its sending side and goes on reading.</summary>
    public void EndOfStream() => _toBroker.Writer.Complete();

    public async ValueTask DisposeAsync()
    {
        Drop();
        await Served.WaitAsync(Deadline.Default);
        _aborted.Dispose();
    }

    private async Task ServeAsync(SkyTree.Core.Broker broker, ListenerConnection accepted)
    {
        await Task.Yield();
        try
        {
            await broker.ServeAsync(accepted);
        }
        finally
        {
            await _toClient.Writer.CompleteAsync();
            await _toBroker.Reader.CompleteAsync();
        }
    }

    private void Abort()
    {
        try
        {
            _aborted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        _toBroker.Writer.Complete(new IOException("The connection was aborted."));
        _toClient.Writer.Complete(new IOException("The connection was aborted."));
    }

    private void CompleteClientReader()
    {
        if (!_clientReaderCompleted)
        {
            _clientReaderCompleted = true;
            _toClient.Reader.Complete();
        }
    }

    private static byte[]? TakeFrame(ReadOnlySequence<byte> buffer, out SequencePosition consumed)
    {
        consumed = buffer.Start;
        byte[] start = buffer.Slice(0, Math.Min(buffer.Length, 5)).ToArray();
        int length = PacketDecoder.FrameLength(start, out _);
        if (length == 0 || buffer.Length < length)
        {
            return null;
        }

        consumed = buffer.GetPosition(length);
        return buffer.Slice(0, length).ToArray();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
