using System.Buffers;
using System.IO.Pipelines;
using SkyTree.Core.Listeners;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>
/// A connection from this process to its broker: two pipes where others have a socket, so that everything about it is as with
/// any client. One caller at a time receives; any may send.
/// </summary>
internal sealed class InProcessConnection : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;

    // Its clients are this program's own: the limits that keep strangers out are wide open.
    private static readonly Listener s_listener = new(
        "in-process",
        ListenerKind.InProcess,
        new ListenerLimits { MaxPacketSize = 268_435_460, ConnectTimeoutSeconds = 3600 });

    private readonly Pipe _toBroker = new(new PipeOptions(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false));
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false));
    private readonly SemaphoreSlim _sending = new(1, 1); // a pipe has one writer at a time
    private bool _isClosed; // guarded by _sending
    private Task _served = Task.CompletedTask;

    private InProcessConnection()
    {
    }

    /// <summary>Opens a connection.</summary>
    /// <param name="broker">The broker.</param>
    public static InProcessConnection Open(Broker broker)
    {
        var connection = new InProcessConnection();
        var peer = new ListenerConnection
        {
            Listener = s_listener,
            Transport = new Duplex(connection._toBroker.Reader, connection._toClient.Writer),
            IsTrusted = true,
            Abort = connection._toClient.Writer.CancelPendingFlush,
        };
        connection._served = connection.ServeAsync(broker, peer);
        return connection;
    }

    /// <summary>Sends a packet; to a connection that has ended, nothing.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="packet">The packet.</param>
    /// <param name="write">Writes it; false: it has no encoding.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask SendAsync<T>(T packet, Func<T, IBufferWriter<byte>, bool> write, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isClosed)
            {
                return;
            }

            if (!write(packet, _toBroker.Writer))
            {
                throw new ArgumentException("It is longer than MQTT allows.", nameof(packet));
            }

            await _toBroker.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends an acknowledgement that says Success.</summary>
    /// <param name="type">Which.</param>
    /// <param name="packetId">Of which packet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask SendAsync(PacketType type, ushort packetId, CancellationToken cancellationToken) =>
        SendAsync(
            (type, packetId),
            static (ack, output) =>
            {
                output.Advance(PublishAckPacket.WriteShort(output.GetSpan(PublishAckPacket.ShortLength), ack.type, ack.packetId));
                return true;
            },
            cancellationToken);

    /// <summary>The next packet; null: the connection has ended.</summary>
    /// <param name="cancellationToken">Gives up; what has come is not lost.</param>
    public async ValueTask<object?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await _toClient.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            object? packet = Take(result.Buffer, out SequencePosition consumed);
            _toClient.Reader.AdvanceTo(consumed, packet is null ? result.Buffer.End : consumed);
            if (packet is not null || result.IsCompleted)
            {
                return packet;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        _isClosed = true;
        if (!_served.IsCompleted)
        {
            _toBroker.Writer.Write(DisconnectPacket.NormalDisconnection);
        }

        await _toBroker.Writer.CompleteAsync().ConfigureAwait(false);
        _sending.Release();
        await _toClient.Reader.CompleteAsync().ConfigureAwait(false);
        await _served.ConfigureAwait(false);
    }

    private static object? Take(ReadOnlySequence<byte> buffer, out SequencePosition consumed)
    {
        consumed = buffer.Start;
        Span<byte> start = stackalloc byte[5];
        ReadOnlySequence<byte> head = buffer.Slice(0, Math.Min(buffer.Length, start.Length));
        head.CopyTo(start);
        FrameStatus status = FrameReader.TryReadHeader(start[..(int)head.Length], ProtocolVersion.V5, out FrameHeader header, out DecodeError error);
        if (status == FrameStatus.Invalid)
        {
            throw new InvalidOperationException($"The broker sent what is no packet: {error.Reason}.");
        }

        if (status == FrameStatus.NeedMore || buffer.Length < header.TotalLength)
        {
            return null;
        }

        ReadOnlySequence<byte> body = buffer.Slice(header.HeaderLength, header.BodyLength);
        consumed = body.End;
        return Parse(header, body.IsSingleSegment ? body.FirstSpan : body.ToArray());
    }

    private static object Parse(FrameHeader header, ReadOnlySpan<byte> body)
    {
        object? packet = null;
        DecodeError error = default;
        switch (header.Type)
        {
            case PacketType.Publish when PublishPacket.TryParse(header.First, body, ProtocolVersion.V5, out PublishPacket? publish, out error):
                packet = publish;
                break;
            case PacketType.PubRel when PublishAckPacket.TryParse(header, body, ProtocolVersion.V5, out PublishAckPacket release, out error):
                packet = release;
                break;
            case PacketType.ConnAck when ConnAckPacket.TryParse(body, ProtocolVersion.V5, out ConnAckPacket? connAck, out error):
                packet = connAck;
                break;
            case PacketType.SubAck when SubscriptionAckPacket.TryParse(header, body, ProtocolVersion.V5, out SubscriptionAckPacket? subAck, out error):
                packet = subAck;
                break;
            case PacketType.Disconnect when DisconnectPacket.TryParse(body, ProtocolVersion.V5, out DisconnectPacket? disconnect, out error):
                packet = disconnect;
                break;
        }

        return packet ?? throw new InvalidOperationException($"The broker sent {header.Type}, which was not to be expected: {error.Reason}.");
    }

    private async Task ServeAsync(Broker broker, ListenerConnection peer)
    {
        try
        {
            await broker.ServeAsync(peer).ConfigureAwait(false);
        }
        finally
        {
            await _toClient.Writer.CompleteAsync().ConfigureAwait(false);
            await _toBroker.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
