using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Subscriptions;

public sealed class SubscriptionsTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Who_would_get_a_topic_is_found(View view)
    {
        await using WatchedDevice one = await WatchedDevice.ConnectAsync(portal.Host, $"matching-{view}-1", expirySeconds: 600);
        await one.SubscribeAsync($"matching/{view}/+/temperature");
        await one.SubscribeAsync($"elsewhere/{view}/#");
        await using WatchedDevice two = await WatchedDevice.ConnectAsync(portal.Host, $"matching-{view}-2");
        await two.SubscribeAsync($"$share/pool/matching/{view}/#", qos: 2);
        await using PortalPage page = await portal.OpenAsync($"subscriptions?topic=matching/{view}/4/temperature", view);
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.PictureAsync("subscriptions-list");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.Page.GetByRole(AriaRole.Link, new() { Name = "pool" }).ClickAsync();
        await Expect(page.Page.Locator("tbody tr", new() { HasText = $"matching-{view}-2" })).ToBeVisibleAsync();
        await page.PictureAsync("shared-group");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        await page.GoToAsync("shared-groups?group=pool");
        await Expect(page.Page.Locator("tbody tr", new() { HasText = $"matching/{view}/#" })).ToBeVisibleAsync();
        await page.PictureAsync("shared-groups-list");
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_subscription_is_removed_after_asking()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(portal.Host, "removed-1", expirySeconds: 600);
        await device.SubscribeAsync("removed/#");
        await using PortalPage page = await portal.OpenAsync("subscriptions?client=removed-1");
        await page.Page.Locator("tbody input[type=checkbox]").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("removed-1: removed/#")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe" }).ClickAsync();
        await Expect(page.Page.GetByText("Nothing fits these filters")).ToBeVisibleAsync();
        page.AssertNoFaults();
    }
}
