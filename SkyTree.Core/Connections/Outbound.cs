using System.Buffers;
using System.IO.Pipelines;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Diagnostics.Tracing;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>
/// What is on its way to one client. Any thread appends whole packets under a lock held for the copy only; whoever
/// flushes writes to the transport without it. What comes while the transport is slow waits in a bounded overflow.
/// </summary>
internal sealed class Outbound(PipeWriter writer, int limit, IRoomListener owner, TrafficCounters traffic) : IBufferWriter<byte>
{
    private const int FlushChunk = 64 * 1024;

    private readonly Lock _gate = new();

    // All guarded by _gate. The writer belongs to the flushing thread while _flushing, else to the holder of _gate.
    private Memory<byte> _window;
    private int _used;
    private int _unflushed; // bytes given to the writer since the last flush
    private byte[]? _overflow;
    private int _overflowStart;
    private int _overflowEnd;
    private int _held; // bytes of publishes about which hooks are asked
    private bool _flushing;
    private bool _dirty; // in some thread's flush list
    private bool _completed;
    private bool _broken;
    private bool _roomWanted;
    private TaskCompletionSource? _drained;
    private TopicAliasTable? _aliases;
    private SentBatch _batch; // since the last flush
    private int _flushes;
    private long _sentPackets; // since the connection began, as are the next two
    private long _sentMessages;
    private long _sentBytes;

    /// <summary>Recordings of packets; null: there can be none.</summary>
    public PacketTraces? Traces { get; init; }

    /// <summary>Where hooks see publishes before they are appended; null: nowhere. Set before there are any.</summary>
    public DeliverLine? Deliveries { get; set; }

    /// <summary>The version to encode in; set before anything but a failing CONNACK is sent.</summary>
    public ProtocolVersion Version { get; set; } = ProtocolVersion.V311;

    /// <summary>The client's Maximum Packet Size in bytes.</summary>
    public uint MaximumPacketSize { get; set; } = uint.MaxValue;

    /// <summary>Bytes that wait for the transport.</summary>
    public int PendingBytes
    {
        get
        {
            lock (_gate)
            {
                return Pending;
            }
        }
    }

    /// <summary>What it has given to the transport.</summary>
    public ConnectionTraffic Sent
    {
        get
        {
            lock (_gate)
            {
                return new ConnectionTraffic(_sentPackets, _sentMessages, _sentBytes);
            }
        }
    }

    /// <summary>Whether it holds less than its limit. A hint: others append too.</summary>
    public bool HasRoom => Pending < limit;

    /// <summary>Rises with every write that the transport has taken.</summary>
    public int Flushes => Volatile.Read(ref _flushes);

    /// <summary>
    /// Whether so much waits that the client's own packets had better not be answered yet. Publishes stop at the limit,
    /// so others alone cannot bring this about: who is flooded by them can still ping and unsubscribe.
    /// </summary>
    public bool IsChoked => Pending >= ChokeLimit;

    /// <summary>The bytes at which it is.</summary>
    public int ChokeLimit => limit + (limit / 4);

    public bool IsCompleted => Volatile.Read(ref _completed);

    private int Pending => _unflushed + _used + _overflowEnd - _overflowStart + _held;

    /// <summary>Lets it use topic aliases, up to a number of them.</summary>
    public void UseAliases(int maximum)
    {
        lock (_gate)
        {
            _aliases = maximum > 0 ? new TopicAliasTable(maximum) : null;
        }
    }

    /// <summary>Appends encoded bytes: whole packets.</summary>
    public bool Append(ReadOnlySpan<byte> packets)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return false;
            }

            if (Traces is { IsOn: true })
            {
                Trace(packets, default);
            }

            Copy(packets);
            Count(packets[0]);
            MarkDirty();
            return true;
        }
    }

    /// <summary>Appends an acknowledgement without properties: the short form.</summary>
    public void AppendAck(byte first, ushort packetId) =>
        Append([first, 2, (byte)(packetId >> 8), (byte)packetId]);

    /// <summary>Appends what a packet writes of itself into this buffer.</summary>
    /// <param name="write">Writes one packet, or nothing and returns false.</param>
    /// <param name="packet">Handed to <paramref name="write"/>.</param>
    /// <param name="last">True for the last packet of the connection: all later ones are refused.</param>
    public bool Append<T>(PacketWrite<T> write, T packet, bool last = false)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return false;
            }

            _completed = last;
            if (Traces is { IsOn: true })
            {
                var written = new ArrayBufferWriter<byte>();
                if (!write(packet, written, Version, MaximumPacketSize))
                {
                    return false;
                }

                Trace(written.WrittenSpan, default);
                Copy(written.WrittenSpan);
            }
            else if (!write(packet, this, Version, MaximumPacketSize))
            {
                return false;
            }

            traffic.SentOne(TypeOf(packet));
            MarkDirty();
            return true;
        }
    }

    /// <summary>Appends a PUBLISH.</summary>
    /// <param name="message">The message.</param>
    /// <param name="qos">The QoS to send with; above 0 the limit on waiting bytes is the caller's to keep.</param>
    /// <param name="flags">The first byte's low bits but the QoS: DUP and RETAIN.</param>
    /// <param name="packetId">The packet identifier; 0 at QoS 0.</param>
    /// <param name="identifiers">Subscription identifiers.</param>
    /// <param name="properties">What the client is told of a stored message.</param>
    public AppendOutcome AppendPublish(
        ref Fanout message, QoS qos, byte flags, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties = StoredProperties.None)
    {
        if (Deliveries is { } deliveries)
        {
            return deliveries.Add(ref message, qos, flags, packetId, identifiers, properties);
        }

        lock (_gate)
        {
            return Admit(qos) is var outcome and not AppendOutcome.Appended ? outcome : AppendAdmitted(ref message, qos, flags, packetId, identifiers, properties);
        }
    }

    /// <summary>Takes account of a publish about which hooks are asked, and which <see cref="Release"/> follows.</summary>
    /// <param name="bytes">Its size in bytes.</param>
    /// <param name="qos">The QoS to send with; as to <see cref="AppendPublish"/>.</param>
    public AppendOutcome Hold(int bytes, QoS qos)
    {
        lock (_gate)
        {
            AppendOutcome outcome = Admit(qos);
            _held += outcome == AppendOutcome.Appended ? bytes : 0;
            return outcome;
        }
    }

    /// <summary>Appends a publish that was held.</summary>
    /// <inheritdoc cref="AppendPublish"/>
    public AppendOutcome AppendHeld(ref Fanout message, QoS qos, byte flags, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties)
    {
        lock (_gate)
        {
            return _completed ? AppendOutcome.Closed : AppendAdmitted(ref message, qos, flags, packetId, identifiers, properties);
        }
    }

    /// <summary>Hooks have been asked about a publish that was held. Holding no lock.</summary>
    /// <param name="bytes">Its size in bytes.</param>
    public void Release(int bytes)
    {
        bool room;
        TaskCompletionSource? drained;
        lock (_gate)
        {
            _held -= bytes;
            drained = TakeDrained();
            room = _roomWanted && Pending < limit;
            _roomWanted &= !room;
        }

        drained?.TrySetResult();
        if (room)
        {
            owner.OnRoom();
        }
    }

    private AppendOutcome Admit(QoS qos) =>
        _completed ? AppendOutcome.Closed
        : qos == QoS.AtMostOnce && Pending >= limit ? AppendOutcome.Full
        : AppendOutcome.Appended;

    private AppendOutcome AppendAdmitted(ref Fanout message, QoS qos, byte flags, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties)
    {
        byte first = (byte)(0x30 | ((byte)qos << 1) | flags);
        Span<byte> frame = _aliases is null && identifiers.IsEmpty && properties == StoredProperties.None
            ? message.Frame(Version, first, packetId)
            : SpecialFrame(ref message, first, packetId, identifiers, properties);
        if (frame.IsEmpty || (uint)frame.Length > MaximumPacketSize)
        {
            return AppendOutcome.TooLarge;
        }

        if (message.IsTraced)
        {
            BrokerTracing.Deliver(message, frame, Version, qos, owner.ClientId);
        }

        if (Traces is { IsOn: true })
        {
            Trace(frame, message.Topic);
        }

        Copy(frame);
        _batch.Counts[(int)qos]++;
        _batch.PublishBytes += frame.Length;
        MarkDirty();
        return AppendOutcome.Appended;
    }

    private void Trace(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> topic)
    {
        if (owner is Connection connection)
        {
            Traces!.Sent(connection, packet, topic);
        }
    }

    /// <summary>Gives what was appended to the transport. Called by <see cref="FlushList"/>, holding no lock.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            _dirty = false;
            // Once broken, the writer is no longer ours to touch.
            if (_broken || _flushing || (_used == 0 && _unflushed == 0))
            {
                return;
            }

            CloseWindow();
            CountSent();
            _flushing = true;
        }

        FlushWriter();
    }

    /// <summary>Waits until fewer bytes than a bound wait for the transport, or it is broken.</summary>
    /// <param name="bound">0 waits until all is sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask WaitUntilBelowAsync(int bound, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task drained;
            lock (_gate)
            {
                if (_broken || (bound == 0 ? Pending == 0 && !_flushing : Pending < bound))
                {
                    return;
                }

                drained = (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await drained.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for one call of <see cref="IRoomListener.OnRoom"/> when there is room. False when there is room already.</summary>
    public bool WantRoom()
    {
        lock (_gate)
        {
            if (_completed || Pending < limit)
            {
                return false;
            }

            _roomWanted = true;
            return true;
        }
    }

    /// <summary>Refuses all that is still to come, and wakes who waits.</summary>
    public void Abandon()
    {
        TaskCompletionSource? drained;
        lock (_gate)
        {
            _completed = true;
            _broken = true;
            _held = 0;
            drained = TakeDrained();
            ReleaseOverflow();
        }

        drained?.TrySetResult();
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        if (_flushing)
        {
            _overflowEnd += count;
        }
        else
        {
            _used += count;
        }

        _batch.Bytes += count;
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Reserve(Math.Max(sizeHint, 256));

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Reserve(Math.Max(sizeHint, 256)).Span;

    private Span<byte> SpecialFrame(ref Fanout message, byte first, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties)
    {
        ushort alias = 0;
        bool known = false;
        if (_aliases is not null && Version == ProtocolVersion.V5)
        {
            alias = _aliases.Find(message.Topic, out known);
        }

        Span<byte> frame = message.SpecialFrame(Version, first, packetId, identifiers, properties, alias, known);
        if (alias != 0 && !known && !frame.IsEmpty && (uint)frame.Length <= MaximumPacketSize)
        {
            _aliases!.Add(message.Topic, alias);
        }

        return frame;
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length).Span);
        if (_flushing)
        {
            _overflowEnd += bytes.Length;
        }
        else
        {
            _used += bytes.Length;
        }

        _batch.Bytes += bytes.Length;
    }

    private Memory<byte> Reserve(int size)
    {
        if (!_flushing)
        {
            if (_window.Length - _used < size)
            {
                CloseWindow();
                _window = writer.GetMemory(size);
            }

            return _window[_used..];
        }

        if (_overflow is null)
        {
            _overflow = ArrayPool<byte>.Shared.Rent(Math.Max(size, 4096));
            _overflowStart = _overflowEnd = 0;
        }
        else if (_overflow.Length - _overflowEnd < size)
        {
            int held = _overflowEnd - _overflowStart;
            byte[] target = held + size <= _overflow.Length / 2
                ? _overflow
                : ArrayPool<byte>.Shared.Rent(Math.Max(held + size, _overflow.Length * 2));
            Buffer.BlockCopy(_overflow, _overflowStart, target, 0, held);
            if (!ReferenceEquals(target, _overflow))
            {
                ArrayPool<byte>.Shared.Return(_overflow);
                _overflow = target;
            }

            _overflowStart = 0;
            _overflowEnd = held;
        }

        return _overflow.AsMemory(_overflowEnd);
    }

    private void CloseWindow()
    {
        if (_used > 0)
        {
            writer.Advance(_used);
            _unflushed += _used;
        }

        _window = default;
        _used = 0;
    }

    private void CountSent()
    {
        ReadOnlySpan<int> counts = _batch.Counts;
        for (int i = 0; i < counts.Length; i++)
        {
            _sentPackets += counts[i];
            _sentMessages += i < SentBatch.Acknowledgements ? counts[i] : 0;
        }

        _sentBytes += _batch.Bytes;
        traffic.Sent(ref _batch);
    }

    private void Count(byte first)
    {
        int type = first >> 4;
        if (type is >= (int)PacketType.PubAck and <= (int)PacketType.PubComp)
        {
            _batch.Counts[SentBatch.Acknowledgements + type - (int)PacketType.PubAck]++;
        }
        else
        {
            _sentPackets++;
            traffic.SentOne((PacketType)type);
        }
    }

    private static PacketType TypeOf<T>(T packet) => packet switch
    {
        PublishAckPacket ack => ack.Type,
        SubscriptionAckPacket ack => ack.Type,
        ConnAckPacket => PacketType.ConnAck,
        DisconnectPacket => PacketType.Disconnect,
        _ => PacketType.Auth,
    };

    private void MarkDirty()
    {
        if (!_dirty)
        {
            _dirty = true;
            FlushList.Add(this);
        }
    }

    private void FlushWriter()
    {
        try
        {
            while (true)
            {
                ValueTask<FlushResult> flush = writer.FlushAsync();
                if (!flush.IsCompleted)
                {
                    _ = FinishAsync(flush);
                    return;
                }

                if (!Flushed(flush.GetAwaiter().GetResult()))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The transport is gone; its reader sees the same and ends the connection.
            Abandon();
        }
    }

    private async Task FinishAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            if (Flushed(await flush.ConfigureAwait(false)))
            {
                FlushWriter();
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Abandon();
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    /// <summary>After a flush: hands over the next part of the overflow. True when there is something to flush.</summary>
    private bool Flushed(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            Abandon();
            return false;
        }

        bool again = false;
        bool room = false;
        TaskCompletionSource? drained;
        lock (_gate)
        {
            _unflushed = 0;
            _flushes++;
            int held = _overflowEnd - _overflowStart;
            if (held > 0)
            {
                int part = Math.Min(held, FlushChunk);
                writer.Write(_overflow.AsSpan(_overflowStart, part));
                _overflowStart += part;
                _unflushed = part;
                again = true;
                CountSent();
                if (part == held)
                {
                    ReleaseOverflow();
                }
            }
            else
            {
                _flushing = false;
            }

            drained = TakeDrained();
            if (_roomWanted && Pending < limit)
            {
                _roomWanted = false;
                room = true;
            }
        }

        drained?.TrySetResult();
        if (room)
        {
            owner.OnRoom();
        }

        return again;
    }

    private TaskCompletionSource? TakeDrained()
    {
        TaskCompletionSource? drained = _drained;
        _drained = null;
        return drained;
    }

    private void ReleaseOverflow()
    {
        if (_overflow is not null)
        {
            ArrayPool<byte>.Shared.Return(_overflow);
            _overflow = null;
            _overflowStart = _overflowEnd = 0;
        }
    }
}

/// <summary>Writes one packet into a buffer.</summary>
internal delegate bool PacketWrite<in T>(T packet, IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize);

/// <summary>Is told when an <see cref="Outbound"/> that was full has room again.</summary>
internal interface IRoomListener
{
    /// <summary>Its client, as traces name it; empty: none is known.</summary>
    string ClientId => "";

    /// <summary>There is room. Called without locks, by the thread that flushed.</summary>
    void OnRoom();
}

/// <summary>What appending a PUBLISH came to.</summary>
internal enum AppendOutcome
{
    /// <summary>It is on its way.</summary>
    Appended,

    /// <summary>Too many bytes wait for the client; QoS 0 only.</summary>
    Full,

    /// <summary>Larger than the client's Maximum Packet Size [MQTT-3.1.2-24].</summary>
    TooLarge,

    /// <summary>The connection has sent its last packet.</summary>
    Closed,
}
