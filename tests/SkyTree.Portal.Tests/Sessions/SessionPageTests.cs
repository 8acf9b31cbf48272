using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Sessions;

public sealed class SessionPageTests(PortalFixture portal)
{
    private PortalHost Host => portal.Host;

    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Each_part_of_a_session_is_drawn_on_every_screen(View view)
    {
        string id = $"parts/{view}";
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, id, expirySeconds: 86400, acknowledges: false, willTopic: $"parts/{view}/state");
        await device.SubscribeAsync($"parts/{view}/+/temperature");
        await device.SubscribeAsync($"$share/workers/parts/{view}/jobs");
        await device.PublishAsync($"parts/{view}/4/temperature", """{"celsius":21.5,"room":"kitchen"}""");
        await Eventually.HoldsAsync(async () => (await GetAsync(id)).Live?.Inflight > 0);

        await using PortalPage page = await portal.OpenAsync($"sessions/one?id={Uri.EscapeDataString(id)}", view);
        await Expect(page.Page.GetByText("durable session")).ToBeVisibleAsync();
        foreach (string tab in (string[])["Overview", "Subscriptions", "In flight", "Waiting", "Events"])
        {
            await page.Page.Locator(".st-tabs a", new() { HasText = tab }).ClickAsync();
            await Expect(page.Page.Locator(".st-tabs a[aria-current=page]")).ToHaveTextAsync(tab);
            await page.SettleAsync();
            if (tab is not "Waiting")
            {
                await Expect(page.Page.Locator(tab == "Overview" ? ".st-facts" : "tbody tr").First).ToBeVisibleAsync();
            }

            await page.PictureAsync("session-" + tab.ToLowerInvariant().Replace(' ', '-'));
            await page.AssertFitsAsync();
            await page.AssertAccessibleAsync();
        }

        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_payload_in_flight_is_shown()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "payload-1", expirySeconds: 600, acknowledges: false);
        await device.SubscribeAsync("payload/#");
        await device.PublishAsync("payload/a", """{"celsius":21.5}""");
        await using PortalPage page = await portal.OpenAsync("sessions/one?id=payload-1&tab=inflight");
        await page.Page.Locator("tbody tr").GetByRole(AriaRole.Button).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("celsius")).ToBeVisibleAsync();
        await page.PictureAsync("session-payload");
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_subscription_is_added_for_a_client_that_then_gets_messages_and_removed_again()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "subscribed-1", expirySeconds: 600);
        await using PortalPage page = await portal.OpenAsync("sessions/one?id=subscribed-1&tab=subscriptions");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add a subscription" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Topic filter").FillAsync("added/#");
        await page.PictureAsync("session-subscribe");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("tbody tr", new() { HasText = "added/#" })).ToBeVisibleAsync();
        await device.PublishAsync("added/a", "1");
        await Eventually.HoldsAsync(() => device.Received.Contains("added/a"));

        await page.Page.GetByLabel("Choose added/#").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe" }).ClickAsync();
        await Expect(page.Page.GetByText("No subscriptions")).ToBeVisibleAsync();
        Assert.Empty((await GetAsync("subscribed-1")).Subscriptions);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_cursor_moved_to_the_end_skips_what_waited()
    {
        await using (WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "moved-1", expirySeconds: 600))
        {
            await device.SubscribeAsync("moved/#");
            await device.LeaveAsync();
        }

        await using WatchedDevice publisher = await WatchedDevice.ConnectAsync(Host, "moved-publisher");
        await publisher.PublishAsync("moved/a", "1");
        await publisher.PublishAsync("moved/b", "2");
        await using PortalPage page = await portal.OpenAsync("sessions/one?id=moved-1&tab=queued");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.PictureAsync("session-waiting-two");
        await page.Page.Locator(".st-tabs a", new() { HasText = "Overview" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Move the cursor…" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("will not get what waits")).ToBeVisibleAsync();
        await page.PictureAsync("session-move");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Empty((await Host.Admin.Sessions.ListQueuedAsync(Caller.Console, "moved-1", null, 10)).Items);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_session_is_ended_from_its_page()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "ended-1", expirySeconds: 600);
        await using PortalPage page = await portal.OpenAsync("sessions/one?id=ended-1");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
        Assert.Equal(0x98, (int)(await device.Disconnected).Reason);
        await page.ReachesAsync("/sessions(\\?|$)");
        await page.GoToAsync("sessions/one?id=ended-1");
        await Expect(page.Page.GetByText("There is no such session")).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    private Task<SessionDetails> GetAsync(string id) => Host.Admin.Sessions.GetAsync(Caller.Console, id);
}
