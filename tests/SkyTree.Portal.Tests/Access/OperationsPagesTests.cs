using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Access;

public sealed class OperationsPagesTests(PortalFixture portal)
{
    [Fact]
    public async Task A_broker_that_is_alone_says_how_to_make_a_cluster()
    {
        await using PortalPage page = await portal.OpenAsync("cluster");
        await Expect(page.Page.Locator("tr[data-node]")).ToContainTextAsync("Serving");
        await Expect(page.Page.GetByText("How to make a cluster")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Actions for" })).ToHaveCountAsync(0);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_listener_is_closed_and_opened()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("settings", host: host);
        ILocator row = page.Page.Locator("tr[data-listener=mqtt]");
        await row.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Closed");
        await Assert.ThrowsAnyAsync<Exception>(() => Device.ConnectAsync(host, "late"));
        await row.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Expect(row.GetByRole(AriaRole.Button, new() { Name = "Close" })).ToBeVisibleAsync();
        await using Device device = await Device.ConnectAsync(host, "early");
        Assert.True(device.IsConnected);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_value_that_can_be_is_changed_and_undone()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("settings?q=Mqtt:MaximumSubscriptions", host: host);
        ILocator row = page.Page.Locator("tr", new() { HasTextString = "Mqtt:MaximumSubscriptions" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Value").FillAsync("0");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await Expect(dialog.GetByText("'0' is not a whole number from 1 to 10000000")).ToBeVisibleAsync();
        await dialog.GetByLabel("Value").FillAsync("77");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(row).ToContainTextAsync("77");
        await Expect(row).ToContainTextAsync("Changed here");
        await row.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await dialog.GetByLabel("Undo").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await Expect(row).ToContainTextAsync("100000");
        await Expect(row).Not.ToContainTextAsync("Changed here");
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_bridge_says_what_is_wrong_and_is_paused_and_resumed()
    {
        await using PortalHost host = await PortalHost.StartAsync(
            "--SkyTree:Bridges:plant:Server=mqtt://127.0.0.1:1", "--SkyTree:Bridges:plant:Topics:0:Filter=sensors/#", "--SkyTree:Bridges:plant:Topics:0:Direction=In", "--SkyTree:Bridges:plant:Topics:0:LocalPrefix=here/");
        await using PortalPage page = await portal.OpenAsync("bridges", host: host);
        ILocator row = page.Page.Locator("tr[data-bridge=plant]");
        await Expect(row).ToContainTextAsync("cannot be reached");
        await Expect(row).ToContainTextAsync("here/sensors/#");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(row.Locator(".st-tag")).ToHaveTextAsync("Paused");
        await row.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(row.Locator(".st-tag")).Not.ToHaveTextAsync("Paused");
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_value_says_where_it_comes_from_and_a_secret_says_nothing()
    {
        await using PortalHost host = await PortalHost.StartAsync("--SkyTree:Store:TailMegabytes=48", "--SkyTree:Cluster:Secret=sixteen characters and more");
        await using PortalPage page = await portal.OpenAsync("settings?section=Store", host: host);
        ILocator row = page.Page.Locator("tr", new() { HasTextString = "Store:TailMegabytes" });
        await Expect(row).ToContainTextAsync("48");
        await Expect(row).ToContainTextAsync("Command line");
        await page.GoToAsync("settings?q=Cluster:Secret");
        await Expect(page.Page.GetByText("set, hidden")).ToBeVisibleAsync();
        Assert.DoesNotContain("sixteen characters", await page.Page.ContentAsync(), StringComparison.Ordinal);
        page.AssertNoFaults();
    }
}
