using System.Net;
using System.Text;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

/// <summary>Real clients behind a proxy: the address that its header names decides whether they may be anonymous.</summary>
public sealed class ProxyProtocolTests(ProxyBrokerFixture broker) : IClassFixture<ProxyBrokerFixture>
{
    public static TheoryData<string, string, int> Peers { get; } = Combine();

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task A_client_of_this_machine_is_served(string client, string scheme, int header)
    {
        await using var relay = new ProxyRelay(broker.Address(scheme), Header(header, IPAddress.Loopback));
        await using IInteropClient user = Peer.Create(relay.Address, null, client, 5, new Inbox());
        string topic = InteropTest.NewName("topic/");

        await OpenAsync(user, topic);
        await user.PublishAsync(new Message(topic, "through the proxy", 1));

        await InteropTest.AssertReceives(user, new Message(topic, "through the proxy", 1));
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task A_stranger_is_not_taken_for_a_client_of_this_machine(string client, string scheme, int header)
    {
        await using var relay = new ProxyRelay(broker.Address(scheme), Header(header, IPAddress.Parse("203.0.113.7")));
        await using IInteropClient stranger = Peer.Create(relay.Address, null, client, 5, new Inbox());

        Exception? refusal = await Record.ExceptionAsync(() => OpenAsync(stranger, "topic"));

        Assert.True(refusal is not null and not TimeoutException, $"{refusal}\n{broker.Report}");
    }

    [Theory]
    [InlineData("mqtt")]
    [InlineData("ws")]
    public async Task Without_a_header_nobody_is_served(string scheme)
    {
        await using IInteropClient direct = Peer.Create(broker.Address(scheme), null, "MQTTnet", 5, new Inbox());

        Exception? refusal = await Record.ExceptionAsync(() => OpenAsync(direct, "topic"));

        Assert.True(refusal is not null and not TimeoutException, $"{refusal}\n{broker.Report}");
    }

    private static async Task OpenAsync(IInteropClient client, string topic)
    {
        await client.ConnectAsync(new ConnectSettings(InteropTest.NewName("c")));
        await client.SubscribeAsync(topic, 1);
    }

    /// <summary>Version 1 is text, version 2 the same in binary.</summary>
    private static byte[] Header(int version, IPAddress source) => version == 1
        ? Encoding.ASCII.GetBytes($"PROXY TCP4 {source} 127.0.0.1 40000 1883\r\n")
        : [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 12, .. source.GetAddressBytes(), 127, 0, 0, 1, 0x9C, 0x40, 0x07, 0x5B];

    private static TheoryData<string, string, int> Combine()
    {
        var peers = new TheoryData<string, string, int>();
        foreach (int header in (int[])[1, 2])
        {
            peers.Add("mosquitto", "mqtt", header);
            foreach (string client in (string[])["paho", "MQTT.js", "MQTTnet"])
            {
                peers.Add(client, "mqtt", header);
                peers.Add(client, "ws", header);
            }
        }

        return peers;
    }
}
