using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Store.RocksDb;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>What people did is still done when the broker starts again.</summary>
public sealed class AdminRestartTests : IDisposable
{
    private const string Durable = "clean=0 expiry=1000";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("skytree-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Sessions_stay_ended_cursors_moved_retained_messages_removed()
    {
        await using (TestBroker broker = await StartAsync())
        {
            foreach (string id in (string[])["moved", "ended"])
            {
                TestClient client = await broker.ConnectAsync($"client={id} {Durable}");
                await client.SubscribeAsync("t qos=1");
                await client.DropAsync();
            }

            await SessionAdminTests.Publish(broker, "t", "1");
            await SessionAdminTests.Publish(broker, "t", "2");
            await broker.Broker.Admin.Retained.SetAsync(Callers.Operator, new PublishRequest { Topic = "r", Payload = "x"u8.ToArray() });
            await broker.Broker.Admin.Retained.DeleteAsync(Callers.Operator, "r");
            await broker.Broker.Admin.Sessions.MoveCursorAsync(Callers.Operator, "moved", new CursorTarget { Offset = 1 });
            await broker.Broker.Admin.Sessions.DeleteAsync(Callers.Operator, "ended");
        }

        await using (TestBroker broker = await StartAsync())
        {
            Assert.Equal(0, broker.Broker.RetainedCount);
            Assert.Equal(1, broker.Broker.SessionCount);
            TestClient client = await broker.ConnectAsync($"client=moved {Durable}");
            await client.ExpectAsync("PUBLISH t qos=1 id=? \"2\"");
            await client.ExpectSilenceAsync();
        }
    }

    private Task<TestBroker> StartAsync() =>
        TestBroker.StartAsync(storage: new BrokerStorage { Database = new RocksDbDatabase(new RocksDbOptions { Folder = _folder.FullName }) });
}
