using System.Buffers;
using System.IO.Pipelines;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Connections;

/// <content>Reading: frames out of the transport's own memory, handled in place.</content>
internal sealed partial class Connection
{
    // What one connection may do on the thread of its socket before the others there have their turn. A client that sends
    // faster than it is served would otherwise have that thread for itself for as long as it likes.
    private const long TurnBytes = 256 * 1024;
    private const long BytesLikePacket = 64; // the work of a packet, in bytes

    private long _turn; // how much of it is used
    private RateLimiter? _rate; // where the listener limits what a client may send

    private async Task ReadAsync()
    {
        while (!_stop)
        {
            ReadResult result = await _input.ReadAsync().ConfigureAwait(false);
            if (_stop)
            {
                _input.AdvanceTo(result.Buffer.Start);
                return;
            }

            bool more = HandleBatch(result);
            FlushList.FlushAll();
            if (!more)
            {
                _closeReason ??= "the client closed the network connection";
                return;
            }

            await WaitAsync().ConfigureAwait(false);
            if (_turn >= TurnBytes)
            {
                _turn = 0;
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    /// <summary>Handles the packets that have arrived. False at the end of the stream.</summary>
    private bool HandleBatch(ReadResult result)
    {
        ReadOnlySequence<byte> buffer = result.Buffer;
        long length = buffer.Length;
        if (_state == ConnectionState.Connected)
        {
            // Before CONNECT is done, its deadline counts from accepting.
            Volatile.Write(ref _lastReceivedMs, _services.Ticker.CoarseElapsedMs);
        }

        bool waits = false;
        var batch = new ReceivedBatch(stackalloc int[PacketSlot.Count]);
        try
        {
            while (!buffer.IsEmpty && !_stop && !waits)
            {
                if (!HandleSegment(ref buffer, ref batch) && !HandleSplitFrame(ref buffer, ref batch))
                {
                    break;
                }

                waits = _wait is not null;
            }
        }
        finally
        {
            // What stands behind a packet that waits has not been looked at: it must wake the next read at once.
            _input.AdvanceTo(buffer.Start, waits ? buffer.Start : buffer.End);
        }

        long consumed = length - buffer.Length;
        _turn += consumed + (batch.Packets * BytesLikePacket);
        _services.Traffic.Received(batch.Counts, consumed, batch.PublishBytes);
        _totalPackets += batch.Packets;
        _totalPublishes += batch.Publishes;
        _totalBytes += consumed;
        TakeFromRate(batch.Publishes, consumed);
        return !result.IsCompleted || waits || (_stop && _wait is not null);
    }

    private void TakeFromRate(int publishes, long bytes)
    {
        if (_rate is null || !_rate.Holds(Limits))
        {
            _rate = RateLimiter.For(Limits, _services.Time);
        }

        _rate?.Take(publishes, bytes);
    }

    /// <summary>Handles the packets that lie whole in the first segment. False if the next one does not.</summary>
    private bool HandleSegment(ref ReadOnlySequence<byte> buffer, ref ReceivedBatch batch)
    {
        ReadOnlySpan<byte> span = buffer.FirstSpan;
        int offset = 0;
        int flushed = 0;
        while (offset < span.Length)
        {
            ReadOnlySpan<byte> rest = span[offset..];
            if (!TryReadHeader(rest, out FrameHeader header) || header.TotalLength > rest.Length)
            {
                break;
            }

            batch.Count(header);
            HandleFrame(header, rest[..header.TotalLength]);
            offset += header.TotalLength;
            if (FlushList.IsHeavy(offset - flushed))
            {
                FlushList.FlushAll();
                flushed = offset;
            }

            if (_wait is not null || _stop)
            {
                break;
            }
        }

        bool handled = offset > 0;
        if (handled)
        {
            buffer = buffer.Slice(offset);
        }

        return handled || _stop;
    }

    /// <summary>Handles a packet that spans segments. False when it has not all arrived.</summary>
    private bool HandleSplitFrame(ref ReadOnlySequence<byte> buffer, ref ReceivedBatch batch)
    {
        if (buffer.IsSingleSegment)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[5];
        ReadOnlySequence<byte> head = buffer.Slice(0, Math.Min(5, buffer.Length));
        head.CopyTo(start);
        if (!TryReadHeader(start[..(int)head.Length], out FrameHeader header) || header.TotalLength > buffer.Length)
        {
            return false;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(header.TotalLength);
        try
        {
            Span<byte> frame = rented.AsSpan(0, header.TotalLength);
            buffer.Slice(0, header.TotalLength).CopyTo(frame);
            batch.Count(header);
            HandleFrame(header, frame);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        buffer = buffer.Slice(header.TotalLength);
        return true;
    }

    /// <summary>Reads a fixed header and refuses what it says is too large, before the body is buffered.</summary>
    private bool TryReadHeader(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        switch (FrameReader.TryReadHeader(bytes, _version, out header, out DecodeError error))
        {
            case FrameStatus.NeedMore:
                return false;
            case FrameStatus.Invalid:
                Fail(error);
                return false;
        }

        bool connected = _state == ConnectionState.Connected;
        if (!connected && !MayComeFirst(header.Type))
        {
            Fail(ReasonCode.ProtocolError, "a packet came before CONNECT");
            return false;
        }

        if (header.TotalLength > (connected ? Limits.MaxPacketSize : Math.Min(Limits.MaxConnectPacketSize, Limits.MaxPacketSize)))
        {
            if (!connected)
            {
                RefuseConnect(ReasonCode.PacketTooLarge, "CONNECT is larger than this listener allows", _state == ConnectionState.Authenticating ? _version : null);
            }

            Fail(ReasonCode.PacketTooLarge, "the packet is larger than the Maximum Packet Size");
            return false;
        }

        return true;
    }

    private bool MayComeFirst(PacketType type) => _state switch
    {
        ConnectionState.AwaitingConnect => type == PacketType.Connect,
        ConnectionState.Authenticating => type is PacketType.Auth or PacketType.Disconnect,
        _ => true,
    };

    private void HandleFrame(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (_services.Traces.IsOn)
        {
            _services.Traces.Received(this, frame, header.HeaderLength);
        }

        ReadOnlySpan<byte> body = frame[header.HeaderLength..];
        switch (header.Type)
        {
            case PacketType.Publish:
                OnPublish(header.First, frame, body);
                break;
            case PacketType.PubAck:
            case PacketType.PubRec:
            case PacketType.PubRel:
            case PacketType.PubComp:
                OnPublishAck(header, body);
                break;
            case PacketType.PingReq:
                OnPing(body);
                break;
            case PacketType.Connect:
                OnConnect(body);
                break;
            case PacketType.Subscribe:
                OnSubscribe(body);
                break;
            case PacketType.Unsubscribe:
                OnUnsubscribe(body);
                break;
            case PacketType.Disconnect:
                OnDisconnect(body);
                break;
            case PacketType.Auth:
                OnAuth(body);
                break;
            default:
                Fail(ReasonCode.ProtocolError, "a client does not send this packet");
                break;
        }
    }

    private void OnPing(ReadOnlySpan<byte> body)
    {
        if (!body.IsEmpty)
        {
            Fail(ReasonCode.MalformedPacket, "PINGREQ has no body");
            return;
        }

        Outbound.Append(PingPacket.Response);
    }

    private void OnDisconnect(ReadOnlySpan<byte> body)
    {
        if (!DisconnectPacket.TryParse(body, _version, out DisconnectPacket? packet, out DecodeError error))
        {
            Fail(error);
            return;
        }

        if (!ClientMaySend(packet!))
        {
            Fail(ReasonCode.ProtocolError, "a reason code or property of DISCONNECT that only servers send"); // [MQTT-3.14.2-1]
            return;
        }

        // An expiry of zero at CONNECT cannot be made longer (MQTT 5.0, 3.14.2.2.2).
        if (packet!.SessionExpirySeconds is > 0 && _session is { ExpirySeconds: 0 })
        {
            Fail(ReasonCode.ProtocolError, "the Session Expiry Interval was 0 and cannot be changed");
            return;
        }

        _expiryAtDisconnect = packet.SessionExpirySeconds is { } seconds ? Math.Min(seconds, Options.MaximumSessionExpirySeconds) : null;
        _discardWill = packet.ReasonCode == ReasonCode.Success; // [MQTT-3.1.2-10]
        _closeReason ??= packet.ReasonCode == ReasonCode.Success ? "the client disconnected" : $"the client disconnected: {packet.ReasonCode}";
        _state = ConnectionState.Closing;
        Stop();
    }

    private static bool ClientMaySend(DisconnectPacket packet) =>
        packet.ServerReference is null
        && packet.ReasonCode is ReasonCode.Success
            or ReasonCode.DisconnectWithWill
            or ReasonCode.UnspecifiedError
            or ReasonCode.MalformedPacket
            or ReasonCode.ProtocolError
            or ReasonCode.ImplementationSpecificError
            or ReasonCode.TopicNameInvalid
            or ReasonCode.ReceiveMaximumExceeded
            or ReasonCode.TopicAliasInvalid
            or ReasonCode.PacketTooLarge
            or ReasonCode.MessageRateTooHigh
            or ReasonCode.QuotaExceeded
            or ReasonCode.AdministrativeAction
            or ReasonCode.PayloadFormatInvalid;

    /// <summary>Waits for what the batch left open: an answer, the client's rate, or the client to read what it was sent.</summary>
    private ValueTask WaitAsync()
    {
        if (_wait is null && _rate is not { DebtSeconds: > 0 } && !Outbound.IsChoked && !HasManyPending)
        {
            return ValueTask.CompletedTask;
        }

        return WaitSlowlyAsync();
    }

    private async ValueTask WaitSlowlyAsync()
    {
        while (Interlocked.Exchange(ref _wait, null) is { } wait) // what was waited for may have begun to wait in its turn
        {
            await wait.ConfigureAwait(false);
            FlushList.FlushAll();
        }

        _notReading = true;
        if (_rate is { DebtSeconds: > 0 } rate)
        {
            await rate.WaitAsync(StopToken()).ConfigureAwait(false);
        }

        if (HasManyPending)
        {
            await WaitForFewerPendingAsync(StopToken()).ConfigureAwait(false);
        }

        if (Outbound.IsChoked)
        {
            // It sends and does not read: it is not read from either, until it does.
            await Outbound.WaitUntilBelowAsync(Outbound.ChokeLimit, StopToken()).ConfigureAwait(false);
        }

        _notReading = false;
    }

    /// <summary>What came in a batch. On the stack: it costs no connection memory.</summary>
    private ref struct ReceivedBatch(Span<int> counts)
    {
        private readonly Span<int> _counts = counts;

        public readonly ReadOnlySpan<int> Counts => _counts; // by PacketSlot

        public int Packets { get; private set; }

        public int Publishes { get; private set; }

        public long PublishBytes { get; private set; }

        public void Count(FrameHeader header)
        {
            Packets++;
            _counts[PacketSlot.Of(header.First)]++;
            if (header.Type == PacketType.Publish)
            {
                Publishes++;
                PublishBytes += header.TotalLength;
            }
        }
    }
}
