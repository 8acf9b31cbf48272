using System.Buffers;
using System.Globalization;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>
/// A correct client: it connects again whenever its connection ends, keeps its half of the session, sends again what is
/// unfinished, in its order, and recognizes a QoS 2 message that comes again. What the broker does wrong it reports.
/// </summary>
internal sealed partial class CrashClient : IAsyncDisposable
{
    /// <summary>No packet of a publish has it: those are counted from 1 up to it.</summary>
    private const ushort SubscribeId = 60_000;

    private const uint ForEver = uint.MaxValue;

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(10);

    /// <summary>Nodes that are there may refuse a client for seconds.</summary>
    private static readonly TimeSpan RoamingRetry = TimeSpan.FromMilliseconds(100);

    private readonly Func<Task<int>> _port;
    private readonly ClientOptions _options;
    private readonly CrashLedger _ledger;
    private readonly RunEvents _events;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _ordering = new(1); // held while something is put in order and sent
    private readonly Lock _gate = new(); // guards everything below
    private readonly List<Outgoing> _outgoing = [];
    private TaskCompletionSource _changed = NewSignal(); // every waiter sees every change
    private TaskCompletionSource _online = NewSignal();
    private MqttSocket? _socket; // open, perhaps not connected yet
    private MqttSocket? _connected; // CONNACK came, and what was unfinished has been sent again
    private Task _running = Task.CompletedTask;
    private ushort _lastId;
    private int _connections;
    private bool _hasSession;
    private bool _mayHaveSession; // CONNECT went out, and nobody knows what became of it
    private bool _isSubscribed;

    /// <summary>A client that does not connect yet.</summary>
    /// <param name="port">Where the broker is, as soon as it is somewhere.</param>
    /// <param name="options">What it is.</param>
    /// <param name="ledger">Is told what comes, and what is wrong.</param>
    /// <param name="events">Are counted.</param>
    public CrashClient(Func<Task<int>> port, ClientOptions options, CrashLedger ledger, RunEvents events)
    {
        _port = port;
        _options = options;
        _ledger = ledger;
        _events = events;
        _online.SetResult();
    }

    public string Name => _options.Name;

    /// <summary>Messages that are not finished.</summary>
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

    /// <summary>Whether it is connected and, if it subscribes to anything, subscribed.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate)
            {
                return _connected is not null && (_isSubscribed || _options.Subscriptions.Count == 0);
            }
        }
    }

    /// <summary>Begins to connect, and goes on doing so.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Publishes: now, or when there is a connection. The message is kept until it is finished.</summary>
    public async Task PublishAsync(string topic, int qos, bool retain, byte[] payload, Action onAcknowledged)
    {
        await _ordering.WaitAsync();
        try
        {
            byte[] packet;
            MqttSocket? socket;
            lock (_gate)
            {
                Outgoing outgoing = new(NextId(), topic, qos, retain, payload, onAcknowledged);
                _outgoing.Add(outgoing);
                socket = _connected;
                packet = outgoing.Packet(_options.Level);
                outgoing.IsSent = socket is not null;
            }

            if (socket is not null)
            {
                await socket.SendAsync(packet);
                _events.Note(RunEvent.Published);
            }
        }
        finally
        {
            _ordering.Release();
        }
    }

    /// <summary>Waits until something holds that the broker's packets bring about.</summary>
    /// <exception cref="OperationCanceledException">The token says so.</exception>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
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

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The network breaks; it connects again.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            _socket?.Dispose();
        }
    }

    /// <summary>The network breaks; it stays away until <see cref="Return"/>.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (_online.Task.IsCompleted)
            {
                _online = NewSignal();
            }

            _socket?.Dispose();
        }
    }

    /// <summary>Ends <see cref="Leave"/>.</summary>
    public void Return()
    {
        lock (_gate)
        {
            _online.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Drop();
        await _running;
        _ending.Dispose();
        _ordering.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Task online;
                lock (_gate)
                {
                    online = _online.Task;
                }

                await online.WaitAsync(_ending.Token);
                int port = await _port().WaitAsync(_ending.Token);
                using MqttSocket? socket = await MqttSocket.ConnectAsync(port, _options.Level);
                if (socket is not null && TryTake(socket))
                {
                    await ServeAsync(socket);
                }

                await Task.Delay(_options.Roams ? RoamingRetry : Retry, _ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is done with it.
        }
        catch (Exception exception)
        {
            Report(FindingKind.Broker, $"made this client give up: {exception}");
        }
    }

    /// <summary>Makes it the socket that a broken network breaks; false if it is broken already.</summary>
    private bool TryTake(MqttSocket socket)
    {
        lock (_gate)
        {
            if (_ending.IsCancellationRequested || !_online.Task.IsCompleted)
            {
                return false;
            }

            _socket = socket;
            return true;
        }
    }

    private async Task ServeAsync(MqttSocket socket)
    {
        Task resuming = Task.CompletedTask;
        lock (_gate)
        {
            _connections++;
            StartConnection();
        }

        bool cleanStart = !_options.IsDurable;
        await socket.SendAsync(PacketWriter.Connect(_options.Level, Name, cleanStart, _options.IsDurable ? ForEver : 0, _options.ReceiveMaximum));
        _events.Note(RunEvent.Connecting);
        bool isConnected = false;
        while (await ReadAsync(socket) is { } packets)
        {
            ArrayBufferWriter<byte> answers = new();
            foreach (Packet packet in packets)
            {
                if (isConnected)
                {
                    Handle(packet, answers);
                }
                else if (Accept(packet))
                {
                    isConnected = true;
                    resuming = ResumeAsync(socket);
                }
                else
                {
                    socket.Dispose();
                    break;
                }
            }

            if (answers.WrittenCount > 0)
            {
                await socket.SendAsync(answers.WrittenMemory);
            }

            SignalChange();
        }

        lock (_gate)
        {
            _socket = null;
            _mayHaveSession |= !isConnected && _options.IsDurable;
        }

        await resuming;
        lock (_gate)
        {
            _connected = null;
        }
    }

    private async Task<IReadOnlyList<Packet>?> ReadAsync(MqttSocket socket)
    {
        try
        {
            return await socket.ReadAsync();
        }
        catch (FormatException exception)
        {
            Report(FindingKind.Broker, $"sent {exception.Message}");
            return null;
        }
    }

    /// <summary>Subscribes if that is still to be done, sends again what is unfinished, and lets new messages follow.</summary>
    private async Task ResumeAsync(MqttSocket socket)
    {
        await _ordering.WaitAsync();
        try
        {
            ArrayBufferWriter<byte> bytes = new();
            bool subscribes;
            lock (_gate)
            {
                subscribes = !_isSubscribed && _options.Subscriptions.Count > 0;
                if (subscribes)
                {
                    bytes.Write(PacketWriter.Subscribe(_options.Level, SubscribeId, _options.Subscriptions));
                    _ledger.Subscribing(Name, _options.Subscriptions);
                }

                foreach (Outgoing outgoing in _outgoing)
                {
                    bytes.Write(outgoing.Packet(_options.Level));
                    outgoing.IsSent = true;
                }

                _connected = socket;
            }

            await socket.SendAsync(bytes.WrittenMemory);
            if (subscribes)
            {
                _events.Note(RunEvent.Subscribing);
            }
        }
        finally
        {
            _ordering.Release();
        }
    }

    private ushort NextId()
    {
        do
        {
            _lastId = _lastId >= SubscribeId - 1 ? (ushort)1 : (ushort)(_lastId + 1);
        }
        while (_outgoing.Exists(outgoing => outgoing.Id == _lastId));
        return _lastId;
    }

    private void SignalChange()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private void Report(FindingKind kind, string text) =>
        _ledger.Report(kind, string.Create(CultureInfo.InvariantCulture, $"the broker, to {Name} (connection {_connections}): {text}"));
}
