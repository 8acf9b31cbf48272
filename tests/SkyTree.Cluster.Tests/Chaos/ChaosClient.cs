using System.Diagnostics;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>What clients do at the nodes of a cluster, as often as it takes until they are served.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ChaosClient(ChaosCluster cluster)
{
    private const int Level = 5;
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100); // a node that is there may refuse clients for seconds

    /// <summary>How long anything may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>Leaves a durable session with a subscription at QoS 1 behind: what is published is committed for it.</summary>
    public async Task SubscribeDurablyAsync(int node, string name, string filter)
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Deadline;)
        {
            using MqttSocket socket = await ConnectAsync(node, name, durable: true);
            await socket.SendAsync(PacketWriter.Subscribe(Level, 1, [new Subscription(filter, 1)]));
            if (await socket.ReadAsync().WaitAsync(Deadline) is [{ Type: PacketType.SubAck, Granted: [1] }, ..])
            {
                return;
            }
        }

        Assert.Fail($"{name} could not subscribe\n{cluster.Describe()}");
    }

    /// <summary>Waits for what comes to a durable session, on as many connections as it takes.</summary>
    public async Task WaitForPublishAsync(int node, string name)
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Deadline;)
        {
            using MqttSocket socket = await ConnectAsync(node, name, durable: true);
            if (await socket.ReadAsync().WaitAsync(Deadline) is [{ Type: PacketType.Publish }, ..])
            {
                return;
            }
        }

        Assert.Fail($"nothing came to {name}\n{cluster.Describe()}");
    }

    /// <summary>Publishes at QoS 1, and waits for the acknowledgement.</summary>
    public async Task PublishAsync(int node, string topic)
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Deadline;)
        {
            using MqttSocket socket = await ConnectAsync(node, "publisher", durable: false);
            await socket.SendAsync(PacketWriter.Publish(Level, topic, 1, retain: false, duplicate: false, 1, "x"u8));
            if (await socket.ReadAsync().WaitAsync(Deadline) is [{ Type: PacketType.PubAck, Reason: 0 }, ..])
            {
                return;
            }
        }

        Assert.Fail($"no publish was acknowledged\n{cluster.Describe()}");
    }

    /// <summary>Connects.</summary>
    public async Task<MqttSocket> ConnectAsync(int node, string name, bool durable, Will? will = null)
    {
        for (long started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Deadline;)
        {
            MqttSocket? socket = await MqttSocket.ConnectAsync(await cluster.Nodes[node].PortAsync().WaitAsync(Deadline), Level);
            if (socket is not null)
            {
                await socket.SendAsync(PacketWriter.Connect(Level, name, cleanStart: !durable, durable ? uint.MaxValue : 0, ushort.MaxValue, will));
                if (await socket.ReadAsync().WaitAsync(Deadline) is [{ Type: PacketType.ConnAck, Reason: 0 }, ..])
                {
                    return socket;
                }

                socket.Dispose();
            }

            await Task.Delay(s_retry);
        }

        throw new TimeoutException($"{name} could not connect\n{cluster.Describe()}");
    }
}
