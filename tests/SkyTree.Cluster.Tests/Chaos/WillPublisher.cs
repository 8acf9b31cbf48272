using System.Globalization;
using System.Text;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>One client after the other that connects with a Will, with a delay or without, and whose network breaks.</summary>
/// <param name="port">Where to connect.</param>
/// <param name="ledger">Gets each Will as a message that is acknowledged when the network has broken.</param>
/// <param name="random">When networks break.</param>
internal sealed class WillPublisher(Func<Task<int>> port, CrashLedger ledger, Random random)
{
    private const int Level = 5;
    private const int PayloadBytes = 30;
    private const int LongestMilliseconds = 600;
    private const int LongestDelaySeconds = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (int number = 1; !stop.IsCancellationRequested; number++)
        {
            await LiveAsync(string.Create(CultureInfo.InvariantCulture, $"will-{number}"));
            await Task.Delay(random.Next(LongestMilliseconds), CancellationToken.None);
        }
    }

    private async Task LiveAsync(string name)
    {
        using MqttSocket? socket = await MqttSocket.ConnectAsync(await port(), Level);
        if (socket is null)
        {
            return;
        }

        SentMessage message = ledger.Sent(name, $"w/{name}", 2, PayloadBytes);
        Will will = new(message.Topic, Encoding.ASCII.GetString(message.Payload()), message.QoS, (uint)Math.Max(0, random.Next(-LongestDelaySeconds, LongestDelaySeconds + 1)));
        await socket.SendAsync(PacketWriter.Connect(Level, name, cleanStart: false, uint.MaxValue, ushort.MaxValue, will));
        Task<IReadOnlyList<Packet>?> answer = socket.ReadAsync();
        if (await Task.WhenAny(answer, Task.Delay(s_patience)) == answer && await answer is [{ Type: PacketType.ConnAck, Reason: 0 }, ..])
        {
            await Task.Delay(random.Next(LongestMilliseconds));
            ledger.Acknowledged(message); // it is the broker's, however the connection ends from here on
        }
    }
}
