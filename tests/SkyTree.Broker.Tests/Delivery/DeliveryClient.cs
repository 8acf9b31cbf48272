using System.Globalization;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Delivery;

/// <summary>
/// A correct MQTT client with a session of its own: it keeps what it has not finished, sends it again after a reconnect,
/// and tells a QoS 2 message that comes again from a new one.
/// </summary>
internal sealed class DeliveryClient(TestBroker broker, string name, int level, int receiveMaximum) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly List<Outgoing> _outgoing = [];
    private readonly HashSet<ushort> _incoming = [];
    private readonly List<Packet> _received = [];
    private readonly List<string> _trace = [];
    private TaskCompletionSource _changed = NewSignal(); // guarded by _gate; every waiter sees every change
    private TestClient? _client;
    private Task _reading = Task.CompletedTask;
    private ushort _lastId;
    private bool _hasSession;
    private volatile bool _subscribed;

    public string Name { get; } = name;

    /// <summary>Messages as the application sees them, in order of arrival; duplicates that QoS 2 forbids would show.</summary>
    public IReadOnlyList<Packet> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>What happened, in order: packets both ways, drops and connections.</summary>
    public IReadOnlyList<string> Trace
    {
        get
        {
            lock (_gate)
            {
                return [.. _trace];
            }
        }
    }

    public int Unfinished
    {
        get
        {
            lock (_gate)
            {
                return _outgoing.Count;
            }
        }
    }

    /// <summary>Opens a connection, resumes the session and sends again what is unfinished, in its order.</summary>
    /// <param name="transient">Whether the session is to end with the connection.</param>
    public async Task ConnectAsync(bool transient = false)
    {
        TestClient client = broker.Open(level);
        string receive = level == 5 ? $" expiry={(transient ? 0 : 100_000)} receive-max={receiveMaximum}" : "";
        await client.SendAsync($"CONNECT client={Name} clean={(transient ? 1 : 0)}{receive}");
        Packet ack = await client.ReceiveAsync("CONNACK");
        Assert.Equal(_hasSession ? "1" : "0", ack["session"]);
        _hasSession = true;
        Note("connected");

        // The loop must read before what is unfinished is sent, or both sides could wait for each other.
        await _sending.WaitAsync();
        try
        {
            _client = client;
            Outgoing[] unfinished;
            lock (_gate)
            {
                unfinished = [.. _outgoing];
            }

            _reading = Task.Run(() => ReadAsync(client));
            foreach (Outgoing outgoing in unfinished)
            {
                await client.SendAsync(outgoing.Released ? $"PUBREL id={Number(outgoing.Id)}" : outgoing.Packet(duplicate: true));
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task SubscribeAsync(string filter, int qos)
    {
        await SendAsync($"SUBSCRIBE id=60000 {filter} qos={Number(qos)}");
        await UntilAsync(() => _subscribed);
    }

    /// <summary>Publishes; at QoS 1 and 2 the message is kept until it is finished.</summary>
    public async Task PublishAsync(string topic, int qos, string payload)
    {
        if (qos == 0)
        {
            await SendAsync($"PUBLISH {topic} \"{payload}\"");
            return;
        }

        Outgoing outgoing;
        lock (_gate)
        {
            do
            {
                _lastId = _lastId >= 50_000 ? (ushort)1 : (ushort)(_lastId + 1);
            }
            while (_outgoing.Exists(o => o.Id == _lastId));

            outgoing = new Outgoing(_lastId, topic, qos, payload);
            _outgoing.Add(outgoing);
        }

        await SendAsync(outgoing.Packet(duplicate: false));
    }

    /// <summary>The network breaks.</summary>
    public async Task DropAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            Note("drop");
            await client.DropAsync();
            await _reading;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        _sending.Dispose();
    }

    /// <summary>Waits until something holds that packets from the broker bring about.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(3 * Deadline.Default);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (condition())
            {
                return;
            }

            await changed.WaitAsync(deadline.Token);
        }
    }

    private async Task ReadAsync(TestClient client)
    {
        while (await client.Connection.ReceiveAsync() is { } frame)
        {
            Packet packet = PacketDecoder.Decode(frame, level);
            Note($"< {packet}");
            string? answer = Handle(packet);
            Changed();
            if (answer is not null)
            {
                Note($"> {answer}");
                if (!await client.Connection.SendAsync(PacketEncoder.Encode(Packet.Parse(answer), level)))
                {
                    return;
                }
            }
        }
    }

    private string? Handle(Packet packet)
    {
        lock (_gate)
        {
            switch (packet.Name)
            {
                case "SUBACK":
                    _subscribed = true;
                    return null;
                case "PUBACK" or "PUBCOMP":
                    _outgoing.RemoveAll(outgoing => outgoing.Id == packet.Id);
                    return null;
                case "PUBREC":
                    _outgoing.Find(outgoing => outgoing.Id == packet.Id)?.Release();
                    return $"PUBREL id={Number(packet.Id)}";
                case "PUBREL":
                    _incoming.Remove(packet.Id);
                    return $"PUBCOMP id={Number(packet.Id)}";
                case "PUBLISH" when packet.QoS == 2:
                    if (_incoming.Add(packet.Id))
                    {
                        _received.Add(packet);
                    }

                    return $"PUBREC id={Number(packet.Id)}";
                case "PUBLISH":
                    _received.Add(packet);
                    return packet.QoS == 1 ? $"PUBACK id={Number(packet.Id)}" : null;
                default:
                    throw new InvalidOperationException($"{Name} received {packet}");
            }
        }
    }

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private void Note(string line)
    {
        lock (_gate)
        {
            _trace.Add(line);
        }
    }

    private async Task SendAsync(string packet)
    {
        await _sending.WaitAsync();
        try
        {
            if (_client is { } client)
            {
                await client.SendAsync(packet);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed class Outgoing(ushort id, string topic, int qos, string payload)
    {
        public ushort Id { get; } = id;

        public bool Released { get; private set; }

        public void Release() => Released = true;

        public string Packet(bool duplicate) =>
            $"PUBLISH {topic} qos={Number(qos)}{(duplicate ? " dup" : "")} id={Number(Id)} \"{payload}\"";
    }
}
