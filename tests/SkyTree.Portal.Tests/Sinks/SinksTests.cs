using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Sinks;

public sealed class SinksTests(PortalFixture portal)
{
    [Fact]
    public async Task Sinks_are_listed_as_they_are_and_paused_and_let_go_on()
    {
        // One that writes, and one whose server nobody runs.
        await using PortalHost host = await PortalHost.StartAsync(
            "--SkyTree:Sinks:archive:Kind=File", "--SkyTree:Sinks:archive:Filters:0=plant/#",
            "--SkyTree:Sinks:orders:Kind=Webhook", "--SkyTree:Sinks:orders:Filters:0=orders/+", "--SkyTree:Sinks:orders:Webhook:Url=http://127.0.0.1:1/hook");
        await host.Admin.Publish.PublishAsync(Caller.Console, new PublishRequest { Topic = "plant/1", Payload = "21.5"u8.ToArray(), QoS = QoS.AtLeastOnce });
        await host.Admin.Publish.PublishAsync(Caller.Console, new PublishRequest { Topic = "orders/1", Payload = "7"u8.ToArray(), QoS = QoS.AtLeastOnce });
        await using PortalPage page = await portal.OpenAsync("sinks", host: host);
        ILocator archive = page.Page.Locator("tr[data-sink='archive']");
        ILocator orders = page.Page.Locator("tr[data-sink='orders']");
        await Expect(archive.GetByText("Running")).ToBeVisibleAsync();
        await Expect(archive.Locator("td[data-title='Written']")).ToHaveTextAsync("1");
        await Expect(orders.GetByText("Retrying")).ToBeVisibleAsync();
        await Expect(orders.Locator("td[data-title='Writes to']")).ToHaveTextAsync("http://127.0.0.1:1/hook");
        await page.PictureAsync("sinks-list");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await archive.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(archive.GetByText("Paused", new() { Exact = true })).ToBeVisibleAsync();
        await archive.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(archive.GetByText("Running")).ToBeVisibleAsync();
        page.AssertNoFaults();

        await using PortalPage phone = await portal.OpenAsync("sinks", View.Phone, host: host);
        await Expect(phone.Page.Locator("tr[data-sink='orders']").GetByText("Retrying")).ToBeVisibleAsync();
        await phone.PictureAsync("sinks-list-phone");
        await phone.AssertFitsAsync();
        await phone.AssertAccessibleAsync();
        phone.AssertNoFaults();
    }

    [Fact]
    public async Task A_viewer_has_no_buttons()
    {
        await using PortalHost host = await PortalHost.StartAsync("--SkyTree:Sinks:archive:Kind=File", "--SkyTree:Sinks:archive:Filters:0=plant/#");
        await using PortalPage page = await portal.OpenAsync("sinks", role: AdminRole.Viewer, host: host);
        await Expect(page.Page.Locator("tr[data-sink='archive']").GetByText("Running")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToHaveCountAsync(0);
        page.AssertNoFaults();
    }
}
