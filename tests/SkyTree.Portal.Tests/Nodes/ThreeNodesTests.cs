using System.Runtime.InteropServices;
using Microsoft.Playwright;
using MQTTnet;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Nodes;

/// <summary>Three real nodes, and all that an operator does with them by clicking in the pages of one. By themselves: four processes and a browser have enough to do.</summary>
[CollectionDefinition(nameof(ThreeNodesTests), DisableParallelization = true)]
[Collection(nameof(ThreeNodesTests))]
public sealed class ThreeNodesTests(PortalFixture portal)
{
    [Fact]
    public async Task One_node_s_pages_show_all_of_the_cluster_and_change_it()
    {
        await using PortalCluster cluster = await PortalCluster.StartAsync();
        PortalCluster.Node first = cluster.Nodes[0];
        PortalCluster.Node second = cluster.Nodes[1];
        PortalCluster.Node third = cluster.Nodes[2];
        await using WatchedDevice one = await WatchedDevice.ConnectAsync(first.MqttPort, "pump-one", expirySeconds: 3600);
        await using WatchedDevice two = await WatchedDevice.ConnectAsync(second.MqttPort, "pump-two", expirySeconds: 3600);
        await using (WatchedDevice away = await WatchedDevice.ConnectAsync(second.MqttPort, "archive", expirySeconds: 3600))
        {
            await away.SubscribeAsync("plant/#"); // for who is away the message stays stored
        }

        await one.PublishAsync("plant/north/pressure", """{"bar":4.2}""");

        await using PortalPage page = await portal.NewPageAsync(third.Portal);
        await page.SignInAsync("admin", to: "/sessions");

        // Sessions of the other nodes, and a client of the first disconnected.
        await Expect(Row(page, "pump-one")).ToContainTextAsync(first.Address);
        await Expect(Row(page, "pump-two")).ToContainTextAsync(second.Address);
        await page.Page.GetByLabel("Choose pump-one").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect", Exact = true }).ClickAsync();
        ILocator kick = Dialog(page, "Disconnect pump-one?");
        await kick.GetByLabel("Reason").FillAsync("valve check");
        await kick.GetByRole(AriaRole.Button, new() { Name = "Disconnect" }).ClickAsync();
        MqttClientDisconnectedEventArgs kicked = await one.Disconnected;
        Assert.Equal((0x98, "valve check"), ((int)kicked.Reason, kicked.ReasonString));
        await Expect(Row(page, "pump-one")).ToContainTextAsync("Offline");

        // What the first has of that, read at the third.
        await page.GoToAsync("sessions/one?id=pump-one&tab=events");
        await Expect(page.Page.Locator("tbody tr", new() { HasText = "Disconnected" }).First).ToContainTextAsync(first.Address);

        // Topics and stored messages of all.
        await page.GoToAsync("topics");
        await Expect(page.Page.GetByText("plant", new() { Exact = true })).ToBeVisibleAsync();
        await page.GoToAsync("messages?filter=plant/%23");
        await Expect(page.Page.GetByText("plant/north/pressure").First).ToBeVisibleAsync();

        // A shared group is handed out where most of its members are.
        await using WatchedDevice old = await WatchedDevice.ConnectAsync(first.MqttPort, "worker-old", expirySeconds: 3600);
        await using WatchedDevice left = await WatchedDevice.ConnectAsync(second.MqttPort, "worker-left", expirySeconds: 3600);
        await using WatchedDevice right = await WatchedDevice.ConnectAsync(second.MqttPort, "worker-right", expirySeconds: 3600);
        foreach (WatchedDevice worker in (WatchedDevice[])[old, left, right])
        {
            await worker.SubscribeAsync("$share/workers/jobs/#");
        }

        await page.GoToAsync("shared-groups");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "workers" }).ClickAsync();
        await Expect(Row(page, first.Address).First).ToContainTextAsync("hands out");
        await page.PictureAsync("shared-group");
        await page.AssertAccessibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Rebalance" }).ClickAsync();
        ILocator move = Dialog(page, $"Let {second.Address} hand out workers?");
        await Expect(move.GetByText($"from now on: {second.Address}, 2 members")).ToBeVisibleAsync();
        await move.GetByRole(AriaRole.Button, new() { Name = "Hand out here" }).ClickAsync();
        await Expect(Row(page, second.Address).First).ToContainTextAsync("hands out");
        await two.PublishAsync("jobs/1", "sweep");
        await Eventually.HoldsAsync(() => left.Received.Contains("jobs/1") || right.Received.Contains("jobs/1"));
        Assert.Empty(old.Received);

        // Who leads, and then another does.
        await page.GoToAsync("cluster");
        await Expect(page.Page.GetByText("3 of 3 nodes serve")).ToBeVisibleAsync();
        ILocator leading = page.Page.Locator(".st-figure", new() { HasTextString = "term" }).Locator("dd").First;
        string leader = await leading.InnerTextAsync();
        await Expect(Node(page, leader)).ToContainTextAsync("Leader");
        await page.PictureAsync("cluster-three");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Let another lead" }).ClickAsync();
        ILocator transfer = Dialog(page, "Let another node lead?");
        await Expect(transfer.GetByText($"{leader} leads now.")).ToBeVisibleAsync();
        await transfer.GetByRole(AriaRole.Button, new() { Name = "Let another lead" }).ClickAsync();
        await Expect(transfer).ToBeHiddenAsync();
        await Expect(leading).Not.ToHaveTextAsync(leader);

        // The first is drained: its client is told to go, and arrives at the second.
        await using WatchedDevice three = await WatchedDevice.ConnectAsync(first.MqttPort, "pump-three", expirySeconds: 3600);
        await ActAsync(page, first, "Drain");
        ILocator drain = Dialog(page, $"Send the clients of {first.Address} to the others?");
        await page.PictureAsync("cluster-drain");
        await drain.GetByRole(AriaRole.Button, new() { Name = "Drain" }).ClickAsync();
        Assert.Equal(0x9C, (int)(await three.Disconnected).Reason);
        await Expect(Node(page, first.Address)).ToContainTextAsync("Drained");
        await Expect(page.Page.GetByText($"{first.Address} is drained")).ToBeVisibleAsync();
        IOException refused = await Assert.ThrowsAsync<IOException>(() => WatchedDevice.ConnectAsync(first.MqttPort, "pump-four"));
        Assert.EndsWith("UseAnotherServer", refused.Message, StringComparison.Ordinal);
        await using WatchedDevice arrived = await WatchedDevice.ConnectAsync(second.MqttPort, "pump-three", expirySeconds: 3600);
        await page.GoToAsync("sessions?q=pump-three");
        await Expect(Row(page, "pump-three")).ToContainTextAsync(second.Address);

        // It leaves, and its process ends.
        await page.GoToAsync("cluster");
        await ActAsync(page, first, "Remove");
        ILocator remove = Dialog(page, $"Remove {first.Address}?");
        await Expect(remove.GetByText("With two nodes, the loss of either stops the cluster: add another soon")).ToBeVisibleAsync();
        await remove.GetByLabel("Type").FillAsync(first.Address);
        await remove.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(remove).ToHaveCountAsync(0);
        await Expect(Node(page, first.Address)).ToHaveCountAsync(0);
        await Expect(page.Page.GetByText("There are two nodes")).ToBeVisibleAsync();
        await first.Process.WaitForExitAsync();

        // A wrong address is refused at once; an empty node joins, and has everything.
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add node" }).ClickAsync();
        ILocator add = Dialog(page, "Add a node");
        await add.GetByLabel("Address and log port").FillAsync(first.Address);
        await add.GetByRole(AriaRole.Button, new() { Name = "Add node" }).ClickAsync();
        await Expect(add.GetByText($"Nobody answers at {first.Address}")).ToBeVisibleAsync();
        PortalCluster.Node fourth = await cluster.StartJoiningAsync();
        await add.GetByLabel("Address and log port").FillAsync(fourth.Address);
        await add.GetByRole(AriaRole.Button, new() { Name = "Add node" }).ClickAsync();
        await Expect(add).ToHaveCountAsync(0, new() { Timeout = 120_000 });
        await Expect(Node(page, fourth.Address)).ToContainTextAsync("Serving");
        await Expect(page.Page.GetByText("3 of 3 nodes serve")).ToBeVisibleAsync();
        await fourth.UntilReadyAsync();
        page.AssertNoFaults();

        await using PortalPage there = await portal.NewPageAsync(fourth.Portal);
        await there.SignInAsync("admin", to: "/sessions");
        await Expect(Row(there, "pump-two")).ToContainTextAsync(second.Address);
        await Expect(Row(there, "pump-three")).ToContainTextAsync(second.Address);
        await there.GoToAsync("messages?filter=plant/%23");
        await Expect(there.Page.GetByText("plant/north/pressure").First).ToBeVisibleAsync();
        there.AssertNoFaults();

        // What is wrong is told first.
        await there.GoToAsync("");
        await Expect(there.Page.GetByText("Nothing needs attention on any node.")).ToBeVisibleAsync();
        second.Process.Signal(PosixSignal.SIGTERM);
        await second.Process.WaitForExitAsync();
        await Expect(there.Page.GetByText($"{second.Address} does not answer: start it")).ToBeVisibleAsync();
        await there.PictureAsync("overview-attention");
        await there.AssertFitsAsync();
        await there.AssertAccessibleAsync();
    }

    private static ILocator Row(PortalPage page, string client) => page.Page.Locator("tbody tr", new() { HasText = client });

    private static ILocator Node(PortalPage page, string address) => page.Page.Locator($"tr[data-node='{address}']");

    private static ILocator Dialog(PortalPage page, string title) =>
        page.Page.GetByRole(AriaRole.Dialog).Filter(new() { Has = page.Page.GetByRole(AriaRole.Heading, new() { Name = title }) });

    private static async Task ActAsync(PortalPage page, PortalCluster.Node node, string what)
    {
        await Node(page, node.Address).GetByRole(AriaRole.Button, new() { Name = $"Actions for {node.Address}" }).ClickAsync();
        await page.Page.Locator(".mud-popover-open").GetByText(what, new() { Exact = true }).ClickAsync();
    }
}
