using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Traffic;

public sealed class MessagesTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task What_is_stored_is_listed_and_shown(View view)
    {
        await using PortalHost host = await StoreAsync();
        long offset = (await OffsetsAsync(host))[0];
        await using PortalPage page = await portal.OpenAsync("messages", view, host: host);
        await Expect(page.Page.GetByText("12 messages,")).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".st-list tbody tr")).ToHaveCountAsync(12);
        await page.PictureAsync("messages-list");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.GoToAsync("messages?filter=mill%2F%2B%2Fspeed&contains=%22rpm%22:3");
        await Expect(page.Page.Locator(".st-list tbody tr")).ToHaveCountAsync(1);

        await page.GoToAsync($"messages/{offset}");
        await Expect(page.Page.Locator(".st-json")).ToContainTextAsync("rpm");
        await page.PictureAsync("messages-one");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_bar_of_the_histogram_leads_to_its_messages()
    {
        await using PortalHost host = await StoreAsync();
        await using PortalPage page = await portal.OpenAsync("messages?span=15m", host: host);
        await page.Page.Locator(".st-bar:has(> div:not([style='height:0%']))").First.ClickAsync();
        await page.ReachesAsync("from=.*to=");
        await Expect(page.Page.Locator(".st-list tbody tr").First).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "All times" }).ClickAsync();
        await Expect(page.Page).Not.ToHaveURLAsync(new Regex("from="));
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_message_is_published_again_to_another_topic()
    {
        await using PortalHost host = await StoreAsync();
        await using (Device reader = await Device.ConnectAsync(host, "copy-reader", isDurable: true))
        {
            await reader.SubscribeAsync("copy");
        }

        await using PortalPage page = await portal.OpenAsync($"messages/{(await OffsetsAsync(host))[0]}", host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Publish again" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Topic").FillAsync("bad/+");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish again" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await dialog.GetByLabel("Topic").FillAsync("copy");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish again" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        Page<MessageItem> copies = await host.Admin.Messages.ListAsync(Caller.Console, new MessageQuery { Topic = "copy" }, null, 10);
        Assert.Equal("", Assert.Single(copies.Items).PublisherId);
        page.AssertNoFaults();
    }

    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Two_messages_are_chosen_and_compared(View view)
    {
        await using PortalHost host = await StoreAsync();
        IReadOnlyList<long> offsets = await OffsetsAsync(host);
        await using PortalPage page = await portal.OpenAsync("messages", view, host: host);
        await page.Page.GetByLabel($"Choose {offsets[0]}", new() { Exact = true }).CheckAsync();
        await page.Page.GetByLabel($"Choose {offsets[2]}", new() { Exact = true }).CheckAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Compare" }).ClickAsync();
        await page.ReachesAsync("/messages/compare\\?");
        await Expect(page.Page.Locator(".st-diff .st-gone")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator(".st-diff .st-new")).ToHaveCountAsync(1);
        await page.PictureAsync("messages-compare");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Phone)]
    public async Task Live_messages_show_as_they_come(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using Device device = await Device.ConnectAsync(host, "ticker");
        await using PortalPage page = await portal.OpenAsync("messages/live?filter=ticks%2F%23", view, host: host);
        await Expect(page.Page.GetByText("Waiting for messages")).ToBeVisibleAsync();
        for (int i = 0; i < 5; i++)
        {
            await device.PublishAsync($"ticks/{i}", $"{{\"n\":{i}}}", qos: 0);
        }

        await Expect(page.Page.Locator(".st-list tbody tr")).ToHaveCountAsync(5);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "ticks/4" }).ClickAsync();
        await Expect(page.Page.Locator("aside .st-json")).ToContainTextAsync("4");
        await page.PictureAsync("messages-live");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_topics_messages_are_deleted_when_that_is_confirmed_and_by_nobody_who_only_looks()
    {
        await using PortalHost host = await StoreAsync();
        await using PortalPage looking = await portal.OpenAsync("messages/topics", role: AdminRole.Viewer, host: host);
        await Expect(looking.Page.Locator(".st-list tbody tr")).ToHaveCountAsync(2);
        await Expect(looking.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the stored messages" })).ToHaveCountAsync(0);

        await using PortalPage page = await portal.OpenAsync("messages/topics", host: host);
        await page.PictureAsync("messages-topics");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the stored messages of mill/1/speed" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("6 in all");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.Page.Locator(".st-list tbody tr")).ToHaveCountAsync(1);
        Assert.Equal(6, (await OffsetsAsync(host)).Count);
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    private static async Task<PortalHost> StoreAsync()
    {
        PortalHost host = await PortalHost.StartAsync();
        // What a durable session has not got yet is kept.
        await using (Device log = await Device.ConnectAsync(host, "mill-log", isDurable: true))
        {
            await log.SubscribeAsync("mill/#");
        }

        await using Device device = await Device.ConnectAsync(host, "mill");
        for (int i = 0; i < 6; i++)
        {
            await device.PublishAsync("mill/1/speed", $"{{\"rpm\":{i},\"unit\":\"1/min\"}}");
            await device.PublishAsync("mill/2/state", i % 2 == 0 ? "running" : "idle");
        }

        return host;
    }

    private static async Task<IReadOnlyList<long>> OffsetsAsync(PortalHost host) =>
        [.. (await host.Admin.Messages.ListAsync(Caller.Console, null, null, 100)).Items.Select(item => item.Offset)];
}
