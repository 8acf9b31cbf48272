using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Traffic;

public sealed class ClientTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task The_browser_connects_subscribes_publishes_and_shows_what_comes(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("client?topic=desk%2Flamp&filter=desk%2F%23", view, host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByText("Connected.", new() { Exact = true })).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe from desk/#" })).ToBeVisibleAsync();

        await page.Page.GetByLabel("Payload", new() { Exact = true }).FillAsync("{\"on\":true}");
        await page.Page.GetByText("Properties", new() { Exact = true }).ClickAsync();
        await page.Page.GetByLabel("Content type").FillAsync("application/json");
        await page.Page.Locator("section[aria-labelledby=publish-title]").GetByLabel("User properties, one a line").FillAsync("origin: test");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByText("Published to desk/lamp.")).ToBeVisibleAsync();

        await using Device device = await Device.ConnectAsync(host, "desk-sensor");
        await device.PublishAsync("desk/height", "72 cm");
        ILocator messages = page.Page.Locator(".st-messages > li");
        await Expect(messages).ToHaveCountAsync(2);
        await messages.Filter(new() { HasText = "desk/lamp" }).GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(messages.Locator(".st-json")).ToContainTextAsync("true");
        await Expect(messages.Locator(".st-message-body")).ToContainTextAsync("origin: test");
        await page.PictureAsync("client-open");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect", Exact = true }).ClickAsync();
        await Eventually.HoldsAsync(() => host.Broker.ConnectionCount == 1);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_payload_larger_than_a_call_holds_arrives_whole()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("client", host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe from #" })).ToBeVisibleAsync();
        await using Device device = await Device.ConnectAsync(host, "bulk");
        await device.PublishAsync("bulk", new string('x', 200_000) + "end");
        for (int i = 0; i < 300; i++)
        {
            await device.PublishAsync($"bulk/{i}", new string('y', 300), qos: 0);
        }

        ILocator messages = page.Page.Locator(".st-messages > li");
        await Expect(messages).ToHaveCountAsync(200, new() { Timeout = (float)Deadline.Default.TotalMilliseconds });
        await Expect(messages.First).ToContainTextAsync("bulk/299");
        await messages.First.GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(messages.First.Locator("pre")).ToHaveTextAsync(new string('y', 300));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await device.PublishAsync("bulk", new string('x', 200_000) + "end");
        await messages.First.GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(messages.First.Locator("pre")).ToContainTextAsync("xend");
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_reason()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("client?filter=a%2F%23%2Fb", host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByText("Not subscribed:")).ToBeVisibleAsync();
    }
}
