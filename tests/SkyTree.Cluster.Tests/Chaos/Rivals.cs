using System.Globalization;
using SkyTree.Cluster.Tests.Chaos.History;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>
/// One client identifier that connects again and again, two at a time, to any node, and never closes a connection. Who owns it is a
/// register: a connection sets it between CONNECT and CONNACK; whoever is given a message, or has one acknowledged, has
/// seen itself to be the owner since that was sent. If that is linearizable, there was one owner at any time.
/// </summary>
/// <param name="name">The client identifier.</param>
/// <param name="port">Where to connect.</param>
/// <param name="ledger">Knows when messages were sent, and is told what is wrong.</param>
/// <param name="random">When connections are made: a source for each use.</param>
internal sealed class Rivals(string name, Func<Task<int>> port, CrashLedger ledger, Func<int, Random> random)
{
    private const int Level = 5;
    private const int AtATime = 2;
    private const int LongestMilliseconds = 1_800;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly RegisterHistory _owners = new();
    private readonly Lock _gate = new();
    private readonly List<Rival> _all = []; // guarded by _gate

    /// <summary>Connections that nobody has ended.</summary>
    public int Open => All.Count(rival => !rival.Reading.IsCompleted);

    /// <summary>What there was, in one line.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_owners.Sets} rivals, {All.Count(rival => rival.EndedWith == (byte)0x8E)} of them told so, {_owners.Sights} times one was the owner");

    private Rival[] All
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Goes on until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, AtATime).Select(use => RunAsync(random(use), stop)));

    /// <summary>Tells the ledger if there were two owners at a time.</summary>
    public void Judge()
    {
        foreach (string wrong in _owners.Check())
        {
            ledger.Report(FindingKind.Broker, $"the owner of {wrong}");
        }
    }

    /// <summary>Ends the connections that are left.</summary>
    public async Task CloseAsync()
    {
        foreach (Rival rival in All)
        {
            rival.Socket.Dispose();
            await rival.Reading;
        }
    }

    private async Task RunAsync(Random pauses, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Rival? rival = await ConnectAsync();
            for (int wait = pauses.Next(LongestMilliseconds); wait > 0 && !stop.IsCancellationRequested; wait -= 50)
            {
                await Task.Delay(Math.Min(wait, 50), CancellationToken.None);
                if (rival is { Reading.IsCompleted: false })
                {
                    await PublishAsync(rival); // from an older connection, too, so that it shows whether it is acknowledged
                }
            }
        }
    }

    private async Task<Rival?> ConnectAsync()
    {
        if (await MqttSocket.ConnectAsync(await port(), Level) is not { } socket)
        {
            return null;
        }

        TimeSpan called = ledger.Now;
        await socket.SendAsync(PacketWriter.Connect(Level, name, cleanStart: false, uint.MaxValue, ushort.MaxValue));
        Task<IReadOnlyList<Packet>?> answer = socket.ReadAsync();
        if (await Task.WhenAny(answer, Task.Delay(s_patience)) != answer || await answer is not [{ Type: PacketType.ConnAck, Reason: 0 }, ..] packets)
        {
            socket.Dispose(); // whether it was the owner nobody will see
            return null;
        }

        Rival rival;
        lock (_gate)
        {
            rival = new Rival(socket, string.Create(CultureInfo.InvariantCulture, $"connection {_all.Count + 1}"));
            _all.Add(rival);
        }

        _owners.Add(name, new RegisterOperation(rival.Name, IsSet: true, rival.Name, called, ledger.Now));
        rival.Reading = ReadAsync(rival, packets.Skip(1));
        await socket.SendAsync(PacketWriter.Subscribe(Level, 60_000, [new Subscription("c/keeps-5/0", 1)]));
        return rival;
    }

    private async Task PublishAsync(Rival rival)
    {
        ushort id;
        lock (_gate)
        {
            rival.SentAt.Add(ledger.Now);
            id = (ushort)rival.SentAt.Count;
        }

        await rival.Socket.SendAsync(PacketWriter.Publish(Level, $"x/{name}", 1, retain: false, duplicate: false, id, "x"u8));
    }

    private async Task ReadAsync(Rival rival, IEnumerable<Packet> first)
    {
        await TakeAsync(rival, first);
        while (await rival.Socket.ReadAsync() is { } packets)
        {
            await TakeAsync(rival, packets);
        }
    }

    private async Task TakeAsync(Rival rival, IEnumerable<Packet> packets)
    {
        TimeSpan now = ledger.Now;
        foreach (Packet packet in packets)
        {
            switch (packet.Type)
            {
                case PacketType.Publish:
                    if (ledger.SentAt(packet) is { } sentAt)
                    {
                        IsOwner(rival, sentAt, now);
                    }

                    await rival.Socket.SendAsync(PacketWriter.Answer(PacketType.PubAck, packet.Id));
                    break;
                case PacketType.PubAck when packet.Reason < 0x80:
                    IsOwner(rival, SentAt(rival, packet.Id), now);
                    break;
                case PacketType.Disconnect:
                    rival.EndedWith = packet.Reason;
                    break;
            }
        }
    }

    private TimeSpan SentAt(Rival rival, ushort id)
    {
        lock (_gate)
        {
            return rival.SentAt[id - 1];
        }
    }

    private void IsOwner(Rival rival, TimeSpan since, TimeSpan now) => _owners.Add(name, new RegisterOperation(rival.Name, IsSet: false, rival.Name, since, now));

    private sealed class Rival(MqttSocket socket, string name)
    {
        public MqttSocket Socket => socket;

        public string Name => name;

        public Task Reading { get; set; } = Task.CompletedTask;

        /// <summary>When it sent its messages, from packet identifier 1 on. Guarded by the rivals' lock.</summary>
        public List<TimeSpan> SentAt { get; } = [];

        /// <summary>The reason in DISCONNECT, if there was one.</summary>
        public byte? EndedWith { get; set; }
    }
}
