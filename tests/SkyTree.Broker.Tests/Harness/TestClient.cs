using System.Globalization;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>A client that does exactly what the test says: it acknowledges, pings and reconnects only when told to.</summary>
internal sealed class TestClient(TestConnection connection, int level) : IAsyncDisposable
{
    /// <summary>The protocol level in which packets are written and read.</summary>
    public int Level { get; private set; } = level;

    public TestConnection Connection { get; } = connection;

    /// <summary>The CONNACK that opened the connection, where the harness took it.</summary>
    public Packet ConnAck { get; set; } = new() { Name = "CONNACK" };

    public Task SendAsync(string packet) => SendAsync(Packet.Parse(packet));

    public Task SendAsync(Packet packet)
    {
        Level = packet.Level ?? Level;
        return SendAsync(PacketEncoder.Encode(packet, Level));
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        await Connection.SendAsync(bytes, deadline.Token);
    }

    /// <summary>The next packet; null when the broker has closed the connection instead.</summary>
    public async Task<Packet?> ReceiveOrEndAsync()
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        byte[]? frame = await Connection.ReceiveAsync(deadline.Token);
        return frame is null ? null : PacketDecoder.Decode(frame, Level);
    }

    /// <summary>The next packet.</summary>
    public async Task<Packet> ReceiveAsync()
    {
        try
        {
            return await ReceiveOrEndAsync() ?? throw new InvalidOperationException("The broker closed the connection.");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("No packet arrived.");
        }
    }

    /// <summary>The next packet, which must be of a type.</summary>
    public async Task<Packet> ReceiveAsync(string name)
    {
        Packet packet = await ReceiveAsync();
        Assert.True(packet.Name == name, $"Expected {name} but received {packet}");
        return packet;
    }

    /// <summary>Takes the next packet, which must match an expectation in text form.</summary>
    public async Task<Packet> ExpectAsync(string expectation)
    {
        Packet packet = await ReceiveAsync();
        Packet expected = Packet.Parse(expectation);
        expected.Sort();
        Assert.True(expected.Matches(packet, new Dictionary<string, string>()), $"Expected {expected} but received {packet}");
        return packet;
    }

    /// <summary>Subscribes and takes the SUBACK, which must not refuse.</summary>
    public async Task SubscribeAsync(string filtersWithOptions, int id = 1)
    {
        await SendAsync($"SUBSCRIBE id={id.ToString(CultureInfo.InvariantCulture)} {filtersWithOptions}");
        Packet ack = await ReceiveAsync("SUBACK");
        Assert.All(ack.Reasons, reason => Assert.StartsWith("granted", reason, StringComparison.Ordinal));
    }

    /// <summary>Asserts that nothing more is on its way: PINGREQ is answered before anything else arrives.</summary>
    public async Task ExpectSilenceAsync()
    {
        await SendAsync("PINGREQ");
        await ExpectAsync("PINGRESP");
    }

    /// <summary>Asserts that the broker sends nothing more and lets go of the connection.</summary>
    public async Task ExpectCloseAsync()
    {
        Packet? packet = await ReceiveOrEndAsync();
        Assert.True(packet is null, $"Expected the end of the connection but received {packet}");
        await Connection.Served.WaitAsync(Deadline.Default);
    }

    /// <summary>Breaks the network and waits until the broker has noticed.</summary>
    public async Task DropAsync()
    {
        Connection.Drop();
        await Connection.Served.WaitAsync(Deadline.Default);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
