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
    private readonly SemaphoreSlim _writing = new(1); // a pipe has one writer at a time
    private readonly Lock _readGate = new();
    private bool _isReading; // guarded by _readGate
    private bool _clientReaderCompleted; // guarded by _readGate
    private volatile bool _dropped;

    private TestConnection(Pipe toBroker, Pipe toClient)
    {
        _toBroker = toBroker;
        _toClient = toClient;
    }

    /// <summary>Completes when the broker has let go of the connection.</summary>
    public Task Served { get; private set; } = Task.CompletedTask;

    /// <summary>True when the broker ended the connection at once, without waiting for what was still to be sent.</summary>
    public bool Aborted => _aborted.IsCancellationRequested;

    /// <summary>Opens a connection.</summary>
    /// <param name="broker">The broker that serves it.</param>
    /// <param name="listener">The listener that seems to have accepted it.</param>
    /// <param name="remote">The client's address.</param>
    /// <param name="bufferBytes">How much each direction holds before its writer must wait.</param>
    /// <param name="admission">The connection's place within the listener's limits; given back when it ends.</param>
    /// <param name="pool">Where the memory of the direction towards the broker comes from; its block size decides how packets are cut.</param>
    public static TestConnection Open(
        SkyTree.Core.Broker broker,
        Listener listener,
        System.Net.EndPoint remote,
        int bufferBytes,
        MemoryPool<byte>? pool = null,
        Admission? admission = null)
    {
        PipeOptions options = new(
            pauseWriterThreshold: bufferBytes,
            resumeWriterThreshold: bufferBytes / 2,
            useSynchronizationContext: false);
        PipeOptions inbound = pool is null ? options : new(
            pool,
            pauseWriterThreshold: bufferBytes,
            resumeWriterThreshold: bufferBytes / 2,
            minimumSegmentSize: pool.MaxBufferSize,
            useSynchronizationContext: false);
        TestConnection connection = new(new Pipe(inbound), new Pipe(options));
        ListenerConnection accepted = new()
        {
            Listener = listener,
            Transport = new Duplex(new BreakableReader(connection._toBroker.Reader, () => connection._dropped), connection._toClient.Writer),
            RemoteEndPoint = remote,
            LocalEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1883),
            Admission = admission,
            Abort = connection.Abort,
        };
        connection.Served = connection.ServeAsync(broker, accepted);
        return connection;
    }

    /// <summary>A connection that the listener closes at once.</summary>
    public static TestConnection Refused()
    {
        TestConnection connection = new(new Pipe(), new Pipe());
        connection._toClient.Writer.Complete();
        connection._toBroker.Reader.Complete();
        return connection;
    }

    /// <summary>Bytes that the client has sent; written by who sends.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Sends bytes; waits while the broker does not read.</summary>
    /// <returns>False when the broker has closed the connection.</returns>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            FlushResult result = await _toBroker.Writer.WriteAsync(bytes, cancellationToken);
            BytesSent += bytes.Length;
            return !result.IsCompleted;
        }
        catch (InvalidOperationException)
        {
            // The connection was aborted or dropped, which completes the writer.
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next whole packet as bytes; null when the broker has closed the connection, or it was dropped.</summary>
    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        lock (_readGate)
        {
            if (_dropped)
            {
                return null;
            }

            _isReading = true;
        }

        try
        {
            return await ReadFrameAsync(cancellationToken);
        }
        finally
        {
            lock (_readGate)
            {
                _isReading = false;
                CompleteClientReaderIfDropped();
            }
        }
    }

    /// <summary>The next whole packet as bytes if it has arrived; else null. Not while <see cref="ReceiveAsync"/> is under way.</summary>
    public byte[]? TryReceive()
    {
        if (_dropped)
        {
            return null;
        }

        ReadResult result;
        try
        {
            if (!_toClient.Reader.TryRead(out result))
            {
                return null;
            }
        }
        catch (IOException)
        {
            return null;
        }

        byte[]? frame = TakeFrame(result.Buffer, out SequencePosition consumed);
        _toClient.Reader.AdvanceTo(consumed, frame is null ? result.Buffer.End : consumed);
        return frame;
    }

    /// <summary>The network breaks: what the client has sent arrives, then the broker's read fails; the client gets nothing more.</summary>
    public void Drop()
    {
        _toBroker.Writer.Complete();
        lock (_readGate)
        {
            _dropped = true;
            _toClient.Reader.CancelPendingRead();
            CompleteClientReaderIfDropped();
        }
    }

    /// <summary>The client closes its sending side and goes on reading.</summary>
    public void EndOfStream() => _toBroker.Writer.Complete();

    public async ValueTask DisposeAsync()
    {
        Drop();
        await Served.WaitAsync(Deadline.Default);
        _aborted.Dispose();
        _writing.Dispose();
    }

    private async Task ServeAsync(SkyTree.Core.Broker broker, ListenerConnection accepted)
    {
        try
        {
            await broker.ServeAsync(accepted);
        }
        finally
        {
            accepted.Admission?.Dispose();
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

    private async Task<byte[]?> ReadFrameAsync(CancellationToken cancellationToken)
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
            long rest = result.Buffer.Length;
            _toClient.Reader.AdvanceTo(consumed, frame is null ? result.Buffer.End : consumed);
            if (frame is not null)
            {
                return frame;
            }

            if (result.IsCanceled)
            {
                return null;
            }

            if (result.IsCompleted)
            {
                return rest == 0 ? null : throw new FormatException("the broker closed the connection within a packet");
            }
        }
    }

    /// <summary>The reader is completed by whoever is last to use it; the gate is held.</summary>
    private void CompleteClientReaderIfDropped()
    {
        if (_dropped && !_isReading && !_clientReaderCompleted)
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
