using SkyTree.Broker.Tests.Harness;
using SkyTree.Broker.Tests.Model;
using SkyTree.Core;

namespace SkyTree.Broker.Tests.Delivery;

public sealed class SharedGroupWindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_member_is_sent_as_much_as_its_receive_maximum_lets_it_before_it_acknowledges_anything(int qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(storage: new BrokerStorage { Database = new CrashableDatabase(new CrashableDisk()) });
        TestClient member = await broker.ConnectAsync("client=member clean=0 expiry=300 receive-max=5");
        await member.SubscribeAsync($"$share/g/a qos={qos}");
        TestClient publisher = await broker.ConnectAsync("client=publisher");
        for (int i = 1; i <= 6; i++)
        {
            await publisher.SendAsync($"PUBLISH a qos={qos} id={i} \"{i}\"");
        }

        for (int i = 1; i <= 5; i++)
        {
            Assert.Equal($"{i}", (await member.ReceiveAsync("PUBLISH")).Text);
        }

        await member.ExpectSilenceAsync();
    }
}
