using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Drops;

public sealed class DropsTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task A_drop_is_listed_with_its_reason_and_explained(View view)
    {
        string id = $"dropped-{view}";
        await using (WatchedDevice away = await WatchedDevice.ConnectAsync(portal.Host, id, expirySeconds: 600))
        {
            await away.SubscribeAsync($"dropped/{view}/#", qos: 0);
            await away.LeaveAsync();
        }

        await using PortalPage page = await portal.OpenAsync($"drops?client={id}", view);
        await using WatchedDevice publisher = await WatchedDevice.ConnectAsync(portal.Host, $"dropping-{view}");
        await publisher.PublishAsync($"dropped/{view}/a", "1", qos: 0);
        ILocator row = page.Page.Locator("tbody tr", new() { HasText = $"dropped/{view}/a" });
        await Expect(row).ToBeVisibleAsync();
        await Expect(row.GetByText("Not connected")).ToBeVisibleAsync();
        await page.PictureAsync("drops-list");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.Page.Locator(".st-tabs a", new() { HasText = "By client and topic" }).ClickAsync();
        await page.SettleAsync();
        await Expect(row).ToBeVisibleAsync();
        await page.PictureAsync("drops-totals");
        await row.GetByRole(AriaRole.Link, new() { Name = "Why?" }).ClickAsync();
        await Expect(page.Page.Locator(".st-steps li.st-step-no").First).ToBeVisibleAsync();
        await page.PictureAsync("why");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Why_is_asked_in_a_form_and_answered_for_a_topic_that_nobody_subscribed_to()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(portal.Host, "asking-1");
        await using PortalPage page = await portal.OpenAsync("drops/why");
        await page.Page.GetByLabel("Client").First.FillAsync("asking-1");
        await page.Page.GetByLabel("Topic").First.FillAsync("asked/a");
        await page.PictureAsync("why-empty");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "No subscription matches the topic." })).ToBeVisibleAsync();
        Assert.Contains("client=asking-1", page.Page.Url, StringComparison.Ordinal);
        page.AssertNoFaults();
    }
}
