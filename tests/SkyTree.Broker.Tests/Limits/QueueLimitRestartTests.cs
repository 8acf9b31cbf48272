using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Store.RocksDb;

namespace SkyTree.Broker.Tests.Limits;

/// <summary>What was dropped stays dropped when the broker starts again, and what is stored still counts.</summary>
public sealed class QueueLimitRestartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("skytree-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task DropOldest_counts_what_was_stored_before_and_keeps_what_is_in_flight()
    {
        var limits = new QueueLimits { MaximumMessages = 5 };
        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000 receive-max=2");
            await reader.SubscribeAsync("t qos=1");
            await PublishAsync(broker, 1, 4);
            Assert.Equal("1 2", await TakeAsync(reader, 2));
        }

        await using (TestBroker broker = await StartAsync(limits))
        {
            await PublishAsync(broker, 5, 4);
            await Eventually.AdvancesAsync(broker, () => broker.Broker.Drops[DropReason.QueueFull] == 3);
        }

        await using (TestBroker broker = await StartAsync(limits))
        {
            await broker.AdvanceAsync(TimeSpan.FromSeconds(5));
            Assert.Equal(0, broker.Broker.Drops.Total);
            Assert.Equal("4 5 6 7 8", await TakeAsync(await broker.ConnectAsync("client=r clean=0 expiry=1000"), 5));
        }
    }

    [Fact]
    public async Task DropNewest_remembers_what_it_has_refused()
    {
        var limits = new QueueLimits { MaximumMessages = 3, Policy = QueueLimitPolicy.DropNewest };
        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000 receive-max=1");
            await reader.SubscribeAsync("t qos=1");
            await PublishAsync(broker, 1, 6);
            Assert.Equal("1", await TakeAsync(reader, 1));
            await Eventually.AdvancesAsync(broker, () => broker.Broker.Drops[DropReason.QueueFull] == 3);
        }

        await using (TestBroker broker = await StartAsync(new QueueLimits()))
        {
            // Without limits, too: what was counted as dropped is not delivered after all.
            await PublishAsync(broker, 7, 1);
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000");
            Assert.Equal("1 2 3 7", await TakeAsync(reader, 4));
            await reader.ExpectSilenceAsync();
        }
    }

    [Fact]
    public async Task What_is_refused_while_a_window_is_full_is_not_delivered_after_a_restart()
    {
        var limits = new QueueLimits { MaximumMessages = 3 };
        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000 receive-max=1");
            await reader.SubscribeAsync("t qos=1");
            await PublishAsync(broker, 1, 6);
            Assert.Equal("1", await TakeAsync(reader, 1));
            await Eventually.AdvancesAsync(broker, () => broker.Broker.Drops[DropReason.QueueFull] == 3);
        }

        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000");
            Assert.Equal("1 5 6", await TakeAsync(reader, 3));
            await reader.ExpectSilenceAsync();
            await broker.AdvanceAsync(TimeSpan.FromSeconds(5));
            Assert.Equal(0, broker.Broker.Drops.Total);
        }
    }

    [Fact]
    public async Task RejectPublisher_refuses_again_once_the_backlog_was_counted()
    {
        var limits = new QueueLimits { MaximumMessages = 3, Policy = QueueLimitPolicy.RejectPublisher };
        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient reader = await broker.ConnectAsync("client=r clean=0 expiry=1000");
            await reader.SubscribeAsync("t qos=1");
            await reader.DropAsync();
            await PublishAsync(broker, 1, 3);
        }

        await using (TestBroker broker = await StartAsync(limits))
        {
            TestClient publisher = await broker.ConnectAsync("client=p");
            string answer = "";
            await Eventually.AdvancesAsync(broker, async () =>
            {
                await publisher.SendAsync("PUBLISH t qos=1 id=1 \"x\"");
                answer = (await publisher.ReceiveAsync("PUBACK")).ToString();
                return answer.Contains("quota-exceeded", StringComparison.Ordinal);
            });
        }
    }

    private Task<TestBroker> StartAsync(QueueLimits limits)
    {
        var options = new StoreOptions { QueueLimits = limits };
        return TestBroker.StartAsync(storage: new BrokerStorage { Database = new RocksDbDatabase(new RocksDbOptions { Folder = _folder.FullName }), Options = options });
    }

    private static async Task PublishAsync(TestBroker broker, int first, int count)
    {
        TestClient publisher = await broker.ConnectAsync("client=p");
        for (int i = first; i < first + count; i++)
        {
            await publisher.SendAsync($"PUBLISH t qos=1 id={i} \"{i}\"");
            await publisher.ReceiveAsync("PUBACK");
        }
    }

    private static async Task<string> TakeAsync(TestClient client, int count)
    {
        var payloads = new List<string>();
        for (int i = 0; i < count; i++)
        {
            string packet = (await client.ReceiveAsync("PUBLISH")).ToString();
            payloads.Add(packet[(packet.IndexOf('"', StringComparison.Ordinal) + 1)..packet.LastIndexOf('"')]);
        }

        return string.Join(' ', payloads);
    }
}
