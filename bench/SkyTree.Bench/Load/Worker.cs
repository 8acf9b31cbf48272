using System.Diagnostics;
using System.Runtime.InteropServices;
using SkyTree.Bench.Measuring;
using SkyTree.Bench.Native;
using SkyTree.Bench.Transports;

namespace SkyTree.Bench.Load;

/// <summary>One thread with its event loop and its share of the clients; nothing of it is shared but the flags and counts.</summary>
internal sealed unsafe class Worker : IDisposable
{
    private const int InputCapacity = 256 * 1024;
    private const int BatchCapacity = 128 * 1024;
    private const int ReadsPerTurn = 8;
    private const int CheckIntervalMilliseconds = 50;
    private const int AlarmTag = -1;

    private readonly Poller _poller = new();
    private readonly Alarm? _alarm;
    private readonly List<Connection> _connections = [];
    private readonly List<Publisher> _publishers = [];
    private readonly Queue<Connection> _unread = [];
    private readonly byte* _input;
    private readonly int _inputCapacity;
    private Publisher[] _advanced = [];
    private int _advancedCount;
    private volatile bool _sending = true;
    private volatile bool _running = true;
    private volatile bool _measuring;

    public Worker(BenchOptions options, Pacer? pacer)
    {
        int frame = options.Size + 256;
        _inputCapacity = Math.Max(InputCapacity, 2 * frame);
        _input = (byte*)NativeMemory.Alloc((nuint)_inputCapacity);
        Output = new OutputBlock(_inputCapacity, Math.Max(BatchCapacity, 2 * frame));
        Pacer = pacer;
        _alarm = pacer is null ? null : new Alarm();
    }

    public OutputBlock Output { get; }

    public Pacer? Pacer { get; }

    public LatencyHistogram Latencies { get; } = new();

    /// <summary>From when messages were due to their acknowledgement, in an open loop.</summary>
    public LatencyHistogram Acknowledgements { get; } = new();

    /// <summary>Messages received. Written by the worker's thread, read by the one that measures.</summary>
    public long Deliveries { get; set; }

    /// <summary>Whether latencies count now. Written by the thread that measures.</summary>
    public bool Measuring
    {
        get => _measuring;
        set => _measuring = value;
    }

    /// <summary>What ended the loop early.</summary>
    public BenchException? Failure { get; private set; }

    /// <summary>Whether all that was sent has arrived and been acknowledged. Exact once sending has stopped.</summary>
    public bool Settled => _publishers.TrueForAll(publisher => publisher.Settled);

    public void Add(Connection connection)
    {
        _connections.Add(connection);
        if (connection is Publisher publisher)
        {
            _publishers.Add(publisher);
        }
    }

    public void StopSending() => _sending = false;

    public void Stop() => _running = false;

    /// <summary>The event loop; returns when stopped or failed.</summary>
    public void Run(Action<Worker> onFailure)
    {
        try
        {
            Watch();
            Pacer?.Start();
            foreach (Publisher publisher in _publishers)
            {
                publisher.Due = Pacer is null ? publisher.Due : 0;
                Refill(publisher);
            }

            SendDue();
            while (_running)
            {
                Turn();
            }
        }
        catch (BenchException e)
        {
            Failure = e;
            onFailure(this);
        }
    }

    /// <summary>Sends one packet outside the event loop.</summary>
    public void Send(Connection connection, ReadOnlySpan<byte> packet)
    {
        packet.CopyTo(Output.Take(packet.Length));
        Output.SendTo(connection.Transport);
    }

    /// <summary>Receives once and handles it; false when there was nothing to receive.</summary>
    public bool Receive(Connection connection) => Receive(connection, out _);

    /// <summary>Notes that a subscriber which was the slowest of this publisher's has received more.</summary>
    public void NoteAdvanced(Publisher publisher) => _advanced[_advancedCount++] = publisher;

    /// <summary>Sends what the publisher may send now, after what is in the output already.</summary>
    public void Refill(Publisher publisher)
    {
        Transport transport = publisher.Transport;
        while (!transport.Blocked && _sending && publisher.Compose(this))
        {
            Output.SendTo(transport);
        }

        if (Output.Length > 0)
        {
            Output.SendTo(transport);
        }
    }

    public void Dispose()
    {
        foreach (Connection connection in _connections)
        {
            connection.Dispose();
        }

        _alarm?.Dispose();
        _poller.Dispose();
        Output.Dispose();
        NativeMemory.Free(_input);
    }

    private void Watch()
    {
        _advanced = new Publisher[_publishers.Count];
        for (int i = 0; i < _connections.Count; i++)
        {
            _poller.Add(_connections[i].Transport.Descriptor, i);
        }

        if (_alarm is not null)
        {
            _poller.Add(_alarm.Descriptor, AlarmTag);
        }
    }

    private void Turn()
    {
        int ready = _poller.Wait(_unread.Count > 0 ? 0 : CheckIntervalMilliseconds);
        for (int i = 0; i < ready; i++)
        {
            int tag = _poller.Tag(i);
            if (tag == AlarmTag)
            {
                SendDue();
            }
            else
            {
                Handle(_connections[tag], _poller.Flags(i));
            }
        }

        for (int i = _unread.Count; i > 0; i--)
        {
            ReceiveAll(_unread.Dequeue());
        }
    }

    private void Handle(Connection connection, uint flags)
    {
        if ((flags & Libc.EPOLLOUT) != 0 && connection.Transport.Blocked)
        {
            connection.Transport.Flush();
            if (connection is Publisher publisher)
            {
                Refill(publisher);
            }
        }

        if ((flags & (Libc.EPOLLIN | Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
        {
            ReceiveAll(connection);
        }
    }

    private void ReceiveAll(Connection connection)
    {
        for (int i = 0; i < ReadsPerTurn; i++)
        {
            if (!Receive(connection, out bool more) || !more)
            {
                return;
            }
        }

        // The rest makes no new edge, so it must be remembered; others get their turn first.
        _unread.Enqueue(connection);
    }

    private bool Receive(Connection connection, out bool more)
    {
        int carried = connection.CarryLength;
        int received = connection.Transport.Receive(_input + carried, _inputCapacity - carried, out more);
        if (received < 0)
        {
            return received == Transport.WouldBlock || connection.Leaving ? false : throw new BenchException($"the broker closed the connection of {connection.ClientId}");
        }

        Span<byte> block = new(_input, carried + received);
        connection.Carry.CopyTo(block);
        int consumed = connection.Consume(block, this);
        connection.Keep(block[consumed..]);
        Answer(connection);
        return true;
    }

    /// <summary>One send for all that a received block led to, per connection concerned.</summary>
    private void Answer(Connection connection)
    {
        if (connection is Publisher publisher)
        {
            Refill(publisher);
            return;
        }

        if (connection.Leaving)
        {
            Output.Clear(); // the broker takes no more
        }
        else if (Output.Length > 0)
        {
            Output.SendTo(connection.Transport);
        }

        for (int i = 0; i < _advancedCount; i++)
        {
            _advanced[i].OnSlowestAdvanced(this);
        }

        _advancedCount = 0;
    }

    private void SendDue()
    {
        if (Pacer is null || _alarm is null || !_sending)
        {
            return;
        }

        long now = Stopwatch.GetTimestamp();
        while (Pacer.TryTake(now, out int number))
        {
            Publisher publisher = _publishers[number];
            publisher.Due++;
            Refill(publisher);
        }

        _alarm.Set(Pacer.NextDue);
    }
}
