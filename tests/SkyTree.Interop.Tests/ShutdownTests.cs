using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_stopped_broker_says_goodbye_to_its_clients_and_ends_with_0()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-shutdown-").FullName;
        await using BrokerProcess broker = await BrokerProcess.StartAsync(folder, []);
        await using var client = new MqttNetClient(broker.Addresses["mqtt"], 5, null, new Inbox());
        await client.ConnectAsync(new ConnectSettings("c"));

        Assert.True(await broker.Process.StopAsync(), $"It did not stop: {broker.Process.Output}");

        Assert.Equal(0, broker.Process.ExitCode);
        Assert.StartsWith("ServerShuttingDown", await client.Disconnected.Task.WaitAsync(Deadline.Step));
        Directory.Delete(folder, recursive: true);
    }
}
