using System.Collections.Concurrent;
using System.Globalization;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks that cause more than they are told.</summary>
public sealed class FloodTests
{
    [Fact]
    public async Task A_hook_that_publishes_is_not_asked_about_what_it_publishes()
    {
        SkyTreeClient? own = null;
        int asked = 0;
        await using TestBroker broker = await Hook.StartAsync(Hook.Publish(async (attempt, token) =>
        {
            Interlocked.Increment(ref asked);
            for (int i = 0; i < 10; i++)
            {
                await own!.PublishAsync("copies", $"{attempt.Message.Topic}", cancellationToken: token);
            }

            return default;
        }));
        own = new SkyTreeClient(broker.Broker);
        TestClient client = await broker.ConnectAsync("client=s clean=0 expiry=100");
        await client.SubscribeAsync("# qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        Task receiving = Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                for (int copy = 0; copy < 10; copy++)
                {
                    Packet message = await client.ReceiveAsync("PUBLISH");
                    Assert.Equal(("copies", $"t/{i}"), (message.Topic, message.Text));
                }

                Assert.Equal($"t/{i}", (await client.ReceiveAsync("PUBLISH")).Topic);
            }
        });
        for (int i = 0; i < 300; i++)
        {
            await publisher.SendAsync($"PUBLISH t/{i} qos=1 id={i + 1} \"x\"");
        }

        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(i + 1, (await publisher.ReceiveAsync("PUBACK")).Id);
        }

        await receiving;
        Assert.Equal(300, asked);
    }

    [Fact]
    public async Task Who_is_told_too_slowly_misses_the_oldest_and_no_client_waits()
    {
        const int Clients = 7_000;
        var hook = new Diary();
        await using TestBroker broker = await Hook.StartAsync(hook);
        for (int i = 0; i < Clients; i++)
        {
            TestClient client = await broker.ConnectAsync($"client=c{i.ToString(CultureInfo.InvariantCulture)}");
            await client.DropAsync(); // two events; the hook is at the first
            await client.DisposeAsync();
        }

        hook.Gate.SetResult();
        await Eventually.HoldsAsync(() => hook.Entries.LastOrDefault() == $"c{Clients - 1} disconnected");
        string[] told = [.. hook.Entries];
        Assert.Equal("c0 connected", told[0]);
        Assert.Equal(10_001, told.Length);
        Assert.Equal(Enumerable.Range(Clients - 5_000, 5_000).SelectMany(i => (string[])[$"c{i} connected", $"c{i} disconnected"]), told[1..]);
    }

    private sealed class Diary : IClientHook
    {
        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Entries { get; } = [];

        public async ValueTask OnConnectedAsync(ClientIdentity client, CancellationToken cancellationToken)
        {
            await Gate.Task;
            Entries.Enqueue($"{client.ClientId} connected");
        }

        public ValueTask OnDisconnectedAsync(ClientIdentity client, string reason, CancellationToken cancellationToken)
        {
            Entries.Enqueue($"{client.ClientId} disconnected");
            return default;
        }
    }
}
