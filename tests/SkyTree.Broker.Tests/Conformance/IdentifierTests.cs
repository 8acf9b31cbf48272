using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>Packet identifiers, client identifiers and topics at their bounds.</summary>
public sealed class IdentifierTests
{
    [Fact]
    [Trait("Spec", "MQTT-2.2.1-4 MQTT-4.3.2-1 MQTT-4.3.3-1")]
    public async Task Packet_identifiers_in_flight_are_distinct()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("t qos=2");
        TestClient publisher = await broker.ConnectAsync("client=p");
        HashSet<ushort> ids = [];
        for (int i = 0; i < 500; i++)
        {
            int qos = 1 + (i % 2);
            await publisher.SendAsync($"PUBLISH t qos={qos} id={i + 1} \"x\"");
            await publisher.ReceiveAsync();
            if (qos == 2)
            {
                await publisher.SendAsync($"PUBREL id={i + 1}");
                await publisher.ReceiveAsync("PUBCOMP");
            }

            Packet packet = await subscriber.ReceiveAsync("PUBLISH");
            Assert.NotEqual(0, packet.Id);
            Assert.True(ids.Add(packet.Id), $"{packet} is in flight already");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Spec", "MQTT-2.2.1-4")]
    public async Task Packet_identifiers_wrap_around_what_is_in_flight(bool keepsOne)
    {
        const int Batch = 100;
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("t qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        byte[] publish = PacketEncoder.Encode(Packet.Parse("PUBLISH t qos=1 id=1 \"x\""), 5);
        byte[] batch = [.. Enumerable.Repeat(publish, Batch).SelectMany(bytes => bytes)];
        ushort? kept = null;
        for (int i = 0; i < 70_000; i++)
        {
            if (i % Batch == 0)
            {
                await publisher.SendAsync(batch);
            }

            Packet packet = await subscriber.ReceiveAsync("PUBLISH");
            Assert.NotEqual(0, packet.Id);
            Assert.NotEqual(kept, packet.Id);
            if (keepsOne && kept is null)
            {
                kept = packet.Id;
            }
            else
            {
                await subscriber.SendAsync($"PUBACK id={packet.Id}");
            }

            await publisher.ReceiveAsync("PUBACK");
        }
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.3-6 MQTT-3.2.2-16")]
    public async Task Assigned_client_identifiers_are_distinct()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        HashSet<string> assigned = [];
        for (int i = 0; i < 200; i++)
        {
            TestClient client = await broker.ConnectAsync("client=\"\"");
            Assert.True(assigned.Add(client.ConnAck["assigned-client"]!));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [Trait("Spec", "MQTT-4.7.3-3")]
    public async Task Topics_of_65535_bytes_are_served(int level)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a", level);
        await client.SubscribeAsync("\"t\"*65535 qos=0");
        await client.SendAsync("PUBLISH \"t\"*65535 \"x\"");
        Packet packet = await client.ReceiveAsync("PUBLISH");
        Assert.Equal(new string('t', 65_535), packet.Topic);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.3.2-12")]
    public async Task Every_topic_alias_that_was_allowed_is_accepted()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        await client.SubscribeAsync("# qos=0");
        for (int alias = 1; alias <= 64; alias++)
        {
            await client.SendAsync($"PUBLISH t/{alias} alias={alias} \"x\"");
            await client.ExpectAsync($"PUBLISH t/{alias} \"x\"");
        }

        for (int alias = 64; alias >= 1; alias--)
        {
            await client.SendAsync($"PUBLISH \"\" alias={alias} \"y\"");
            await client.ExpectAsync($"PUBLISH t/{alias} \"y\"");
        }
    }
}
