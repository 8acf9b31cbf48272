using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Tracing;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Trace;

public sealed class TraceTests(PortalFixture portal)
{
    [Fact]
    public async Task A_client_is_recorded_from_its_page_and_its_packets_are_shown_downloaded_and_deleted()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(portal.Host, "traced-1", expirySeconds: 600);
        await using PortalPage page = await portal.OpenAsync("sessions/one?id=traced-1");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Trace", Exact = true }).Last.ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("Client ID")).ToHaveValueAsync("traced-1");
        await page.PictureAsync("trace-new");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Record" }).ClickAsync();
        await Expect(page.Page.GetByText("client traced-1")).ToBeVisibleAsync();
        TraceItem trace = Assert.Single(await portal.Host.Admin.Traces.ListAsync(Caller.Console), trace => trace.ClientId == "traced-1");

        await device.SubscribeAsync("traced/#");
        await device.PublishAsync("traced/a", """{"celsius":21.5}""");
        await Eventually.HoldsAsync(async () => (await portal.Host.Admin.Traces.ListAsync(Caller.Console)).Single(item => item.Id == trace.Id).Lines >= 5);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch anew" }).ClickAsync();
        await Expect(page.Page.Locator(".st-trace-line", new() { HasText = "SUBSCRIBE" }).First).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".st-trace-line", new() { HasText = "PUBLISH" }).First).ToBeVisibleAsync();
        await page.PictureAsync("trace-packets");
        await page.AssertAccessibleAsync();

        IDownload download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.Locator($"tr:has(a[href*='{trace.Id}'])").GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync());
        Assert.Contains("SUBSCRIBE", await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await page.Page.Locator($"tr:has(a[href*='{trace.Id}'])").GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.Page.GetByText("client traced-1")).ToHaveCountAsync(0);
        Assert.DoesNotContain(await portal.Host.Admin.Traces.ListAsync(Caller.Console), item => item.Id == trace.Id);
        page.AssertNoFaults();
    }

    [Theory]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Packets_are_readable_on_every_screen(View view)
    {
        TraceItem trace = await portal.Host.Admin.Traces.StartAsync(Caller.Console, new TraceRequest { ClientId = $"screen-{view}" });
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(portal.Host, $"screen-{view}");
        await device.PublishAsync("screen/a", """{"celsius":21.5}""");
        await using PortalPage page = await portal.OpenAsync($"trace?id={trace.Id}", view);
        await Expect(page.Page.Locator(".st-trace-line").First).ToBeVisibleAsync();
        await page.PictureAsync("trace-packets");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
        await portal.Host.Admin.Traces.DeleteAsync(Caller.Console, trace.Id);
    }

    [Fact]
    public async Task A_viewer_sees_that_there_are_recordings_and_not_what_is_in_them()
    {
        TraceItem trace = await portal.Host.Admin.Traces.StartAsync(Caller.Console, new TraceRequest { ClientId = "secret-1" });
        await using PortalPage page = await portal.OpenAsync($"trace?id={trace.Id}&new=1", role: AdminRole.Viewer);
        await Expect(page.Page.GetByText("client secret-1")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(page.Page.Locator(".st-trace-line")).ToHaveCountAsync(0);
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Download" })).ToHaveCountAsync(0);
        await portal.Host.Admin.Traces.DeleteAsync(Caller.Console, trace.Id);
    }
}
