using System.Text;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Processes;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Crash.Tests.Wills;

/// <summary>A connection with a Will, which is entered in the ledger as a message to come.</summary>
internal sealed class WillClient : IDisposable
{
    private const uint ForEver = uint.MaxValue;

    private readonly MqttSocket _socket;

    private WillClient(MqttSocket socket, SentMessage will) => (_socket, Will) = (socket, will);

    /// <summary>The Will.</summary>
    public SentMessage Will { get; }

    /// <summary>Connects a durable session.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="name">The client's name; its Will's topic is <c>w/{name}</c>.</param>
    /// <param name="level">4 or 5.</param>
    /// <param name="delaySeconds">The Will's delay; 0 at level 4.</param>
    public static async Task<WillClient> ConnectAsync(BrokerHost broker, CrashLedger ledger, string name, int level, uint delaySeconds)
    {
        const int PayloadBytes = 30;
        SentMessage will = ledger.Sent(name, $"w/{name}", 2, PayloadBytes);
        MqttSocket? socket = await MqttSocket.ConnectAsync(await broker.PortAsync(), level);
        Assert.NotNull(socket);
        Will carried = new(will.Topic, Encoding.ASCII.GetString(will.Payload()), will.QoS, delaySeconds);
        await socket.SendAsync(PacketWriter.Connect(level, name, cleanStart: false, ForEver, ushort.MaxValue, carried));
        IReadOnlyList<Packet>? answer = await socket.ReadAsync().WaitAsync(Settings.Deadline);
        Assert.True(answer is [{ Type: PacketType.ConnAck, Reason: 0 }], $"{name} could not connect");
        return new WillClient(socket, will);
    }

    /// <summary>Takes leave, so that there is no Will any more; returns when the broker has read it.</summary>
    public async Task DisconnectAsync()
    {
        await _socket.SendAsync(PacketWriter.Disconnect());
        Assert.Null(await _socket.ReadAsync().WaitAsync(Settings.Deadline));
    }

    /// <summary>The network breaks.</summary>
    public void Dispose() => _socket.Dispose();
}
