using SkyTree.Bridges.Tests.Harness;
using SkyTree.Interop.Tests;
using SkyTree.Interop.Tests.Broker;
using Xunit;

namespace SkyTree.Bridges.Tests;

/// <summary>The program, bridged to a mosquitto, while either of them is ended and started.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Numbered_messages_pass_both_ways_through_restarts_of_either_side_none_lost_and_none_for_ever()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-bridge-restart-").FullName;
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        Dictionary<string, string> environment = BridgeVariables.Of(mosquitto, ("out/#", "Out"), ("in/#", "In"), ("both/#", "Both"));
        BrokerProcess broker = await BrokerProcess.StartAsync(folder, [], environment);
        try
        {
            await using Peer here = Peer.Of(() => broker.Addresses["mqtt"], "here", "in/#", "both/#");
            await using Peer there = Peer.Of(() => mosquitto.Address, "there", "out/#", "both/#");
            await here.ConnectAsync();
            await there.ConnectAsync();
            using var stop = new CancellationTokenSource();
            var fromHere = new Publisher(() => broker.Addresses["mqtt"], "p-here", "out/a", "both/here");
            var fromThere = new Publisher(() => mosquitto.Address, "p-there", "in/b", "both/there");
            // Before the bridge has subscribed for the first time, mosquitto keeps nothing for it.
            await UntilItPassesAsync(fromThere.Peer, "in/ready", here);
            await UntilItPassesAsync(fromHere.Peer, "out/ready", there);
            Task publishing = Task.WhenAll(fromHere.RunAsync(stop.Token), fromThere.RunAsync(stop.Token));

            await Publisher.ProgressAsync(fromHere, fromThere);
            broker = await RestartAsync(broker); // kill -9
            await here.InsistAsync();
            await Publisher.ProgressAsync(fromHere, fromThere);

            await mosquitto.StopAsync();
            await Publisher.ProgressAsync(fromHere); // the log is the queue
            await mosquitto.StartAsync();
            await there.InsistAsync();
            await Publisher.ProgressAsync(fromHere, fromThere);

            await mosquitto.StopAsync();
            broker = await RestartAsync(broker);
            await here.InsistAsync();
            await Publisher.ProgressAsync(fromHere);
            await mosquitto.StartAsync();
            await there.InsistAsync();
            await Publisher.ProgressAsync(fromHere, fromThere);

            await stop.CancelAsync();
            await publishing;
            await fromHere.AssertAllAsync(there, "out/a");
            await fromHere.AssertAllAsync(there, "both/here");
            await fromThere.AssertAllAsync(here, "in/b");
            await fromThere.AssertAllAsync(here, "both/there");

            // In peace each passes exactly once, and nothing comes back: what does would be before the end of the other way.
            for (int i = 0; i < 20; i++)
            {
                await fromHere.Peer.InsistOnAsync("both/quiet-here", Publisher.Text(i));
            }

            await there.ReceiveAsync("both/quiet-here", 20);
            for (int i = 0; i < 20; i++)
            {
                await fromThere.Peer.InsistOnAsync("both/quiet-there", Publisher.Text(i));
            }

            await here.ReceiveAsync("both/quiet-there", 20);
            await fromHere.Peer.InsistOnAsync("both/end", "");
            await there.ReceiveAsync("both/end", 1);
            string[] all = [.. Enumerable.Range(0, 20).Select(Publisher.Text)];
            foreach (Peer peer in (Peer[])[here, there])
            {
                Assert.Equal(all, await peer.ReceiveAsync("both/quiet-here", 20));
                Assert.Equal(all, await peer.ReceiveAsync("both/quiet-there", 20));
            }
        }
        finally
        {
            TestContext.Current.SendDiagnosticMessage(broker.Process.Output + mosquitto.Report);
            await broker.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        async Task<BrokerProcess> RestartAsync(BrokerProcess before)
        {
            await before.Process.KillAsync();
            await before.DisposeAsync();
            return await BrokerProcess.StartAsync(folder, [], environment);
        }
    }

    private static async Task UntilItPassesAsync(Peer from, string topic, Peer to)
    {
        using var patience = new CancellationTokenSource(Deadline.Step);
        while (to.Texts(topic).Length == 0)
        {
            Assert.False(patience.IsCancellationRequested, $"{topic} does not pass");
            await from.InsistOnAsync(topic, "");
        }
    }
}
