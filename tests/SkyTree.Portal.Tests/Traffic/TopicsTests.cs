using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Traffic;

public sealed class TopicsTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task What_is_published_appears_in_the_tree_and_who_gets_it_beside_it(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using Device device = await Device.ConnectAsync(host, "kitchen-display");
        await device.SubscribeAsync("house/#");
        await using PortalPage page = await portal.OpenAsync("topics", view, host: host);

        foreach (string room in new[] { "kitchen", "bath", "hall" })
        {
            await device.PublishAsync($"house/{room}/temperature", "{\"celsius\":21.5,\"ok\":true}", retain: room == "kitchen");
            await device.PublishAsync($"house/{room}/light", "on");
        }

        await device.PublishAsync("garden", "wet");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Unfold house" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Unfold kitchen" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "temperature", Exact = true }).ClickAsync();
        ILocator detail = page.Page.Locator("aside");
        await Expect(detail.GetByRole(AriaRole.Heading, new() { Name = "house/kitchen/temperature" })).ToBeVisibleAsync();
        await Expect(detail.GetByRole(AriaRole.Link, new() { Name = "kitchen-display" })).ToBeVisibleAsync();
        await Expect(detail.GetByRole(AriaRole.Link, new() { Name = "Retained message" })).ToBeVisibleAsync();
        await page.PictureAsync("topics-open");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_topic_is_found_by_a_part_of_it_and_its_address_leads_to_it()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using Device device = await Device.ConnectAsync(host, "meter");
        await device.PublishAsync("plant/7/line/2/Pressure", "3.1");
        await Eventually.HoldsAsync(async () => (await host.Admin.Topics.SearchAsync(Caller.Console, "pressure", null, 10)).Items.Count == 1);
        await using PortalPage page = await portal.OpenAsync("topics?q=pressure", host: host);
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "plant/7/line/2/Pressure" })).ToBeVisibleAsync();
        await page.PictureAsync("topics-search");
        await page.AssertAccessibleAsync();

        await page.GoToAsync("topics?topic=plant%2F7%2Fline%2F2%2FPressure");
        await Expect(page.Page.Locator("tr[aria-selected=true]")).ToContainTextAsync("Pressure");
        page.AssertNoFaults();
    }
}
