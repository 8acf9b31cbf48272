using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Packets arrive in pieces of any size, and in memory that is cut anywhere.</summary>
public sealed class FramingTests
{
    private static readonly string[] Conversation =
    [
        "SUBSCRIBE id=1 t qos=0 u/# qos=1",
        "PUBLISH t \"zero\"",
        "PUBLISH v qos=1 id=2 \"one\"",
        "PUBLISH v qos=2 id=3 \"two\"",
        "PUBREL id=3",
        "UNSUBSCRIBE id=4 t nothing",
        "PINGREQ",
    ];

    private static readonly string[] Answers = ["SUBACK", "PUBLISH", "PUBACK", "PUBREC", "PUBCOMP", "UNSUBACK", "PINGRESP"];

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Packets_that_arrive_byte_by_byte_are_served(int level)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = broker.Open(level);
        string[] packets = ["CONNECT client=a keepalive=60 will=w will-payload=\"w\" username=u password=p", .. Conversation];
        foreach (string packet in packets)
        {
            byte[] bytes = PacketEncoder.Encode(Packet.Parse(packet), level);
            for (int i = 0; i < bytes.Length; i++)
            {
                await client.SendAsync(bytes.AsMemory(i, 1));
            }
        }

        await ExpectAnswersAsync(client, ["CONNACK", .. Answers]);
    }

    [Fact]
    public async Task Packets_are_served_wherever_memory_is_cut()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        for (int blockSize = 1; blockSize <= 64; blockSize++)
        {
            using BlockPool pool = new(blockSize);
            TestClient client = broker.Open(pool: pool);
            string[] packets = [$"CONNECT client=c{blockSize}", .. Conversation, .. Conversation];
            byte[] all = [.. packets.SelectMany(packet => PacketEncoder.Encode(Packet.Parse(packet), 5))];
            await client.SendAsync(all);
            await ExpectAnswersAsync(client, ["CONNACK", .. Answers, .. Answers]);
            await client.SendAsync("DISCONNECT");
            await client.ExpectCloseAsync();
        }
    }

    [Fact]
    public async Task Packets_that_end_where_a_segment_ends_do_not_strand_those_after_them()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using BlockPool pool = new(16);
        TestClient client = broker.Open(pool: pool);
        await client.SendAsync("CONNECT client=abcdefgh" /* 2 + 10 + 1 + 2 + 8 bytes, then two of the next */);
        await client.ReceiveAsync("CONNACK");

        // Each packet fills one segment: 2 bytes of header, topic 3, identifier 2, properties 1, payload 8.
        byte[] packet = PacketEncoder.Encode(Packet.Parse("PUBLISH t qos=1 id=1 \"12345678\""), 5);
        Assert.Equal(16, packet.Length);
        byte[] stream = [.. Enumerable.Repeat(packet, 500).SelectMany(bytes => bytes)];
        for (int chunk = 16; chunk <= 4096; chunk *= 4)
        {
            for (int start = 0; start < stream.Length; start += chunk)
            {
                await client.SendAsync(stream.AsMemory(start, Math.Min(chunk, stream.Length - start)));
            }

            for (int i = 0; i < 500; i++)
            {
                await client.ExpectAsync("PUBACK id=1 no-matching-subscribers");
            }
        }
    }

    [Fact]
    public async Task Packets_larger_than_the_network_buffer_are_served()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a", bufferBytes: 4096);
        await client.SubscribeAsync("t qos=0");
        Task sending = client.SendAsync("PUBLISH t \"x\"*900000");
        Packet packet = await client.ReceiveAsync("PUBLISH");
        await sending;
        Assert.Equal(900_000, packet.Payload!.Length);
        await client.ExpectSilenceAsync();
    }

    [Theory]
    [InlineData("10")]
    [InlineData("10 10 00 04 4D 51")]
    [InlineData("10 80")]
    public async Task Half_a_packet_and_the_end_of_the_stream_end_the_connection(string hex)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = broker.Open();
        await client.SendAsync(PacketEncoder.Hex(hex.Split(' ')));
        client.Connection.EndOfStream();
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task Half_a_publish_and_the_end_of_the_stream_end_the_connection()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        await client.SendAsync(PacketEncoder.Hex("30 20 00 01 74".Split(' ')));
        client.Connection.EndOfStream();
        await client.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("30 FF FF FF 7F")]
    [InlineData("32 FF FF FF 7F")]
    [InlineData("82 81 80 40")]
    [InlineData("F0 FF FF FF 7F")]
    public async Task A_packet_over_the_limit_is_refused_from_its_header(string header)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        await client.SendAsync(PacketEncoder.Hex(header.Split(' ')));
        await client.ExpectAsync("DISCONNECT packet-too-large reason=*");
        await client.ExpectCloseAsync();
    }

    private static async Task ExpectAnswersAsync(TestClient client, IEnumerable<string> names)
    {
        List<string> received = [];
        List<string> expected = [.. names];
        while (received.Count < expected.Count)
        {
            received.Add((await client.ReceiveAsync()).Name);
        }

        // What is delivered and what is answered are two streams; each has its order.
        Assert.Equal(expected.Where(name => name != "PUBLISH"), received.Where(name => name != "PUBLISH"));
        Assert.Equal(expected.Count(name => name == "PUBLISH"), received.Count(name => name == "PUBLISH"));
    }
}
