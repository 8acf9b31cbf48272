using System.Net;
using SkyTree.Bench.Mqtt;
using SkyTree.Bench.Transports;

namespace SkyTree.Bench.Load;

/// <summary>One MQTT client. Set up blocking by one thread, then driven by its worker's event loop.</summary>
internal abstract class Connection(BenchOptions options, string clientId) : IDisposable
{
    private byte[] _carry = [];
    private Transport? _transport;
    private bool _answered;

    public Transport Transport => _transport ?? throw new InvalidOperationException("not connected");

    /// <summary>Bytes of an incomplete packet that wait for the rest.</summary>
    public ReadOnlySpan<byte> Carry => _carry.AsSpan(0, CarryLength);

    public int CarryLength { get; private set; }

    public string ClientId => clientId;

    /// <summary>How many QoS 1 and 2 messages the broker takes unacknowledged.</summary>
    public int ReceiveMaximum { get; private set; } = ushort.MaxValue;

    /// <summary>Whether the session is to be resumed, and to outlive the connection.</summary>
    public bool Durable { get; init; }

    /// <summary>Whether the broker had a session for this client.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>Whether the broker may close the connection.</summary>
    public bool Leaving { get; private set; }

    protected BenchOptions Options => options;

    /// <summary>Handles the whole packets at the front of the block and returns how much of it they were.</summary>
    public abstract int Consume(ReadOnlySpan<byte> block, Worker worker);

    public void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _carry.Length)
        {
            _carry = new byte[Math.Max(256, rest.Length)];
        }

        rest.CopyTo(_carry);
        CarryLength = rest.Length;
    }

    /// <summary>Connects the transport and MQTT, waiting for the CONNACK.</summary>
    public virtual void Open(Worker worker, IPEndPoint endPoint, IPAddress? source)
    {
        bool secure = options.Transport is TransportKind.Tls or TransportKind.Wss;
        Transport transport = secure ? new TlsTransport(endPoint, source) : new SocketTransport(endPoint, source);
        _transport = options.Transport is TransportKind.Ws or TransportKind.Wss
            ? new WebSocketTransport(transport, options.Host, options.Port)
            : transport;
        Exchange(worker, Packets.Connect(options.Version, clientId, Durable, options.User, options.Password));
    }

    /// <summary>Disconnects and waits until the broker has closed the connection, so that it has surely taken notice.</summary>
    public void Leave(Worker worker)
    {
        Leaving = true;
        worker.Send(this, Packets.Disconnect());
        while (worker.Receive(this))
        {
            // What had been on its way.
        }
    }

    public void Dispose() => _transport?.Dispose();

    /// <summary>Sends a packet of the set-up and blocks until its answer is here.</summary>
    protected void Exchange(Worker worker, byte[] packet)
    {
        _answered = false;
        worker.Send(this, packet);
        while (!_answered)
        {
            if (!worker.Receive(this))
            {
                throw new BenchException($"{clientId}: no answer from the broker");
            }
        }
    }

    /// <summary>What <see cref="Exchange"/> waits for is here.</summary>
    protected void NoteAnswered() => _answered = true;

    /// <summary>What both kinds of client may be sent besides messages and acknowledgements.</summary>
    protected void ConsumeOther(int first, ReadOnlySpan<byte> body)
    {
        switch (first & 0xF0)
        {
            case PacketType.ConnAck:
                ConnAck answer = ConnAck.Parse(body, options.Version);
                if (answer.Reason != 0)
                {
                    throw new BenchException($"the broker refused the connection with reason 0x{answer.Reason:X2}");
                }

                if (answer.MaximumQos < options.Qos)
                {
                    throw new BenchException($"the broker offers QoS {answer.MaximumQos} at most");
                }

                SessionPresent = answer.SessionPresent;
                ReceiveMaximum = answer.ReceiveMaximum;
                _answered = true;
                break;
            case PacketType.SubAck:
                if (body[^1] != options.Qos)
                {
                    throw new BenchException($"the broker answered a subscription with 0x{body[^1]:X2}");
                }

                _answered = true;
                break;
            case PacketType.Disconnect:
                throw new BenchException($"the broker disconnected {clientId} with reason 0x{(body.Length > 0 ? body[0] : 0):X2}");
            default:
                throw new BenchException($"the broker sent an unexpected packet 0x{first:X2}");
        }
    }
}
