using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Whatever bytes a stranger sends, the connection ends, the broker goes on, and no error is logged.</summary>
public sealed class GarbageTests(ITestOutputHelper output)
{
    private const int Connections = 10_000;

    private static readonly string[] Session =
    [
        "CONNECT client=x clean=0 expiry=10 will=w will-payload=\"w\" will-delay=5 username=u password=p user=a:b alias-max=3",
        "SUBSCRIBE id=1 sub-id=3 a/+/b qos=2 rap # qos=1 $share/g/x qos=0",
        "PUBLISH a/1/b qos=1 id=2 alias=1 message-expiry=9 user=a:b correlation=\"12\" \"payload\"",
        "PUBLISH \"\" qos=2 id=3 alias=1 retain \"payload\"",
        "PUBREL id=3",
        "PUBACK id=1",
        "PUBREC id=2",
        "PUBCOMP id=2",
        "UNSUBSCRIBE id=4 a/+/b",
        "AUTH re-authenticate auth-method=CHALLENGE",
        "PINGREQ",
        "DISCONNECT disconnect-with-will expiry=3 reason=x",
    ];

    [Fact]
    public async Task Ten_thousand_connections_of_garbage_leave_the_broker_as_it_was()
    {
        int seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient witness = await broker.ConnectAsync("client=witness");
        await witness.SubscribeAsync("witness qos=1");

        await Parallel.ForAsync(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellation) =>
        {
            Random random = new(HashCode.Combine(seed, i));
            TestClient client = broker.Open(random.Next(2) == 0 ? 5 : 4);
            byte[] bytes = random.Next(4) == 0 ? Noise(random) : Mutated(random, client.Level);
            Task reading = DrainAsync(client);
            for (int start = 0; start < bytes.Length;)
            {
                int length = Math.Min(random.Next(1, 200), bytes.Length - start);
                if (!await client.Connection.SendAsync(bytes.AsMemory(start, length), cancellation))
                {
                    break;
                }

                start += length;
            }

            client.Connection.EndOfStream();
            await client.Connection.Served.WaitAsync(Deadline.Default, cancellation);
            await reading;
        });

        await witness.SendAsync("PUBLISH witness qos=1 id=1 \"still here\"");
        Packet[] packets = [await witness.ReceiveAsync(), await witness.ReceiveAsync()];
        Assert.Contains(packets, packet => packet.Name == "PUBACK");
        Assert.Contains(packets, packet => packet.Name == "PUBLISH" && packet.Text == "still here");
    }

    private static byte[] Noise(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 300)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A conversation that is legal but for a few bytes.</summary>
    private static byte[] Mutated(Random random, int level)
    {
        List<byte> bytes = [];
        for (int i = 0; i < Session.Length; i++)
        {
            // Mostly in order, so that many get past CONNECT.
            string packet = random.Next(10) == 0 ? Session[random.Next(Session.Length)] : Session[i];
            if (level == 5 || !packet.StartsWith("AUTH", StringComparison.Ordinal))
            {
                bytes.AddRange(PacketEncoder.Encode(Packet.Parse(packet), level));
            }
        }

        for (int mutations = random.Next(5); mutations > 0; mutations--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                    break;
            }
        }

        return [.. bytes];
    }

    private static async Task DrainAsync(TestClient client)
    {
        try
        {
            while (await client.Connection.ReceiveAsync() is { } frame)
            {
                // A mutated CONNECT may have chosen another version, so what is read is only framed.
                Assert.NotEmpty(frame);
            }
        }
        catch (FormatException)
        {
            // An aborted connection may end within a packet.
        }
    }
}
