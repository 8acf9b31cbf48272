using SkyTree.Broker.Tests.Harness;
using SkyTree.Broker.Tests.Model;
using SkyTree.Core;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>While the disk takes its time, what does not depend on it goes on.</summary>
public sealed class SlowDiskTests
{
    [Fact]
    public async Task What_a_member_leaves_is_sent_to_another_though_its_will_waits_for_the_disk()
    {
        var disk = new CrashableDisk();
        await using TestBroker broker = await TestBroker.StartAsync(storage: new BrokerStorage { Database = new CrashableDatabase(disk) });
        TestClient publisher = await broker.ConnectAsync("client=publisher");
        TestClient leaving = await broker.ConnectAsync("client=leaving clean=0 expiry=300 will=a will-qos=1");
        await leaving.SubscribeAsync("$share/g/a qos=1");
        await publisher.SendAsync("PUBLISH a qos=1 id=1 \"1\"");
        await leaving.ReceiveAsync("PUBLISH");
        await publisher.ReceiveAsync("PUBACK");
        TestClient staying = await broker.ConnectAsync("client=staying clean=0 expiry=300");
        await staying.SubscribeAsync("$share/g/a qos=1");

        disk.Hold();
        try
        {
            leaving.Connection.Drop();

            Assert.Equal("1", (await staying.ReceiveAsync("PUBLISH")).Text);
        }
        finally
        {
            disk.Release();
        }
    }
}
