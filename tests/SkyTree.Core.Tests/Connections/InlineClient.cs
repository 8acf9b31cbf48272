using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Connections;

/// <summary>A client of an <see cref="InlineBroker"/>. Itself allocates nothing when it sends and receives messages.</summary>
internal sealed class InlineClient
{
    private readonly Pipe _toBroker;
    private readonly Pipe _fromBroker;
    private readonly ProtocolVersion _version;
    private byte[] _received = new byte[4096];
    private byte[] _acks = new byte[4096];

    public InlineClient(ProtocolVersion version, MemoryPool<byte> pool)
    {
        var options = new PipeOptions(
            pool,
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 0,
            useSynchronizationContext: false);
        _toBroker = new Pipe(options);
        _fromBroker = new Pipe(options);
        _version = version;
        BrokersEnd = new DuplexPipe(_toBroker.Reader, _fromBroker.Writer);
    }

    public IDuplexPipe BrokersEnd { get; }

    /// <summary>The broker's work for this connection; completed when it has ended.</summary>
    public Task Served { get; set; } = Task.CompletedTask;

    /// <summary>Writes a packet and has the broker handle it.</summary>
    public void Send(Func<IBufferWriter<byte>, ProtocolVersion, uint, bool> write)
    {
        if (!write(_toBroker.Writer, _version, uint.MaxValue))
        {
            throw new InvalidOperationException("the packet cannot be written in this version");
        }

        Flush();
    }

    /// <summary>Writes encoded packets and has the broker handle them.</summary>
    public void Send(ReadOnlySpan<byte> packets)
    {
        _toBroker.Writer.Write(packets);
        Flush();
    }

    public void Subscribe(string filter, QoS qos, uint identifier = 0)
    {
        Send(new SubscribePacket { PacketId = 1, SubscriptionIdentifier = identifier, Requests = [new SubscribeRequest { Filter = filter, QoS = qos }] }.Write);
        Expect(PacketType.SubAck);
    }

    /// <summary>Takes what the broker has sent; QoS 1 messages are acknowledged, all together.</summary>
    /// <returns>PUBLISH packets and acknowledgements that were there.</returns>
    public (int Messages, int Acks) Receive()
    {
        int length = Take();
        int messages = 0;
        int acks = 0;
        int acknowledging = 0;
        int headerLength;
        for (int at = 0; at < length; at += headerLength)
        {
            byte first = _received[at];
            int remaining = Remaining(at, out headerLength);
            switch ((PacketType)(first >> 4))
            {
                case PacketType.Publish:
                    messages++;
                    if ((first & 6) != 0)
                    {
                        int topic = BinaryPrimitives.ReadUInt16BigEndian(_received.AsSpan(at + headerLength));
                        Acknowledge(_received.AsSpan(at + headerLength + 2 + topic, 2), ref acknowledging);
                    }

                    break;
                case PacketType.PubAck:
                    acks++;
                    break;
                default:
                    throw new InvalidOperationException($"the broker sent {(PacketType)(first >> 4)}");
            }

            headerLength += remaining;
        }

        if (acknowledging > 0)
        {
            Send(_acks.AsSpan(0, acknowledging));
        }

        return (messages, acks);
    }

    /// <summary>Takes what the broker has sent, which begins with a packet of this type.</summary>
    public void Expect(PacketType type)
    {
        if (Take() == 0 || (PacketType)(_received[0] >> 4) != type)
        {
            throw new InvalidOperationException($"the broker did not send {type}");
        }
    }

    public void Close()
    {
        _toBroker.Writer.Complete();
        _fromBroker.Reader.Complete();
    }

    private void Flush()
    {
        ValueTask<FlushResult> flush = _toBroker.Writer.FlushAsync();
        if (!flush.IsCompletedSuccessfully || Served.IsCompleted)
        {
            throw new InvalidOperationException("the broker did not handle it at once");
        }
    }

    private int Take()
    {
        if (!_fromBroker.Reader.TryRead(out ReadResult result))
        {
            return 0;
        }

        int length = (int)result.Buffer.Length;
        if (_received.Length < length)
        {
            _received = new byte[length * 2];
        }

        result.Buffer.CopyTo(_received);
        _fromBroker.Reader.AdvanceTo(result.Buffer.End);
        return length;
    }

    private int Remaining(int at, out int headerLength)
    {
        int remaining = 0;
        for (int i = 1; ; i++)
        {
            remaining |= (_received[at + i] & 0x7F) << (7 * (i - 1));
            if (_received[at + i] < 0x80)
            {
                headerLength = i + 1;
                return remaining;
            }
        }
    }

    private void Acknowledge(ReadOnlySpan<byte> packetId, ref int length)
    {
        if (_acks.Length < length + 4)
        {
            Array.Resize(ref _acks, _acks.Length * 2);
        }

        _acks[length] = 0x40;
        _acks[length + 1] = 2;
        packetId.CopyTo(_acks.AsSpan(length + 2));
        length += 4;
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
