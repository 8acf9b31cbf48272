using System.Text;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Processes;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>Looks at all retained messages, as a new subscriber sees them.</summary>
internal static class RetainedView
{
    private const int Level = 5;
    private const string Mark = "r/mark";

    /// <summary>Subscribes, and judges what comes as retained before a message of its own, which follows all of it.</summary>
    /// <returns>What is wrong, or null if the connection ended before everything was there.</returns>
    public static async Task<IReadOnlyList<Finding>?> LookAsync(BrokerHost broker, RetainedLedger ledger)
    {
        int port = await broker.PortAsync();
        using MqttSocket? socket = await MqttSocket.ConnectAsync(port, Level);
        if (socket is null)
        {
            return null;
        }

        IReadOnlyDictionary<string, int> oldest = ledger.LastAcknowledged();
        Dictionary<string, string> found = [];
        List<Finding> findings = [];
        await socket.SendAsync(PacketWriter.Connect(Level, "retained-view", cleanStart: true, 0, ushort.MaxValue));
        await socket.SendAsync(PacketWriter.Subscribe(Level, 1, [new Subscription("r/#", 1)]));
        while (await socket.ReadAsync() is { } packets)
        {
            foreach (Packet packet in packets)
            {
                switch (packet)
                {
                    case { Type: PacketType.SubAck }:
                        await socket.SendAsync(PacketWriter.Publish(Level, Mark, 0, retain: false, duplicate: false, 0, []));
                        break;
                    case { Type: PacketType.Publish, Topic: Mark }:
                        return [.. findings, .. ledger.Check(found, oldest)];
                    case { Type: PacketType.Publish }:
                        if (packet.Retain && !found.TryAdd(packet.Topic, Encoding.ASCII.GetString(packet.Payload)))
                        {
                            findings.Add(new Finding(FindingKind.Retained, $"{packet.Topic} came twice as retained to one subscription"));
                        }

                        if (packet.QoS == 1)
                        {
                            await socket.SendAsync(PacketWriter.Answer(PacketType.PubAck, packet.Id));
                        }

                        break;
                }
            }
        }

        return null;
    }
}
