using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Traffic;

public sealed class RetainedTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task A_retained_message_is_set_changed_and_deleted(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("retained", view, host: host);
        await Expect(page.Page.GetByText("Nothing is retained")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Set a message" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Topic").FillAsync("settings/door");
        await dialog.GetByLabel("Payload", new() { Exact = true }).FillAsync("{\"locked\":true}");
        await dialog.GetByLabel("Content type").FillAsync("application/json");
        await page.PictureAsync("retained-dialog");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set a message" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "settings/door" }).ClickAsync();

        await Expect(page.Page.Locator(".st-json")).ToContainTextAsync("locked");
        await page.PictureAsync("retained-one");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await dialog.GetByLabel("Payload", new() { Exact = true }).FillAsync("open");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set a message" }).ClickAsync();
        await Expect(page.Page.Locator("pre.st-payload")).ToHaveTextAsync("open");
        Assert.Equal("application/json", host.Admin.Retained.Get(Caller.Console, "settings/door").Properties?.ContentType);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.ReachesAsync("/retained$");
        Assert.Equal(0, Count(host));
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_large_payload_is_set_and_changed()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("retained", host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Set a message" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        string payload = new('€', 100_000); // pasted: a browser types this for a minute
        await dialog.GetByLabel("Topic").FillAsync("firmware/notes");
        await dialog.GetByLabel("Payload", new() { Exact = true }).EvaluateAsync(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('change', { bubbles: true })); }", payload);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set a message" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(payload, System.Text.Encoding.UTF8.GetString(host.Admin.Retained.Get(Caller.Console, "firmware/notes").Payload.Span));

        await page.GoToAsync("retained/one?topic=firmware%2Fnotes");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await Expect(dialog.GetByLabel("Payload", new() { Exact = true })).ToHaveValueAsync(payload);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task What_matches_is_counted_first_and_deleted_when_its_filter_is_typed()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using Device device = await Device.ConnectAsync(host, "setter");
        for (int i = 0; i < 25; i++)
        {
            await device.PublishAsync($"lamp/{i}", "on", retain: true);
        }

        await device.PublishAsync("keep", "me", retain: true);
        await using PortalPage page = await portal.OpenAsync("retained?filter=lamp%2F%23", host: host);
        await page.PictureAsync("retained-list");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete what matches" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("25 in all");
        ILocator confirm = dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" });
        await Expect(confirm).ToBeDisabledAsync();
        Assert.Equal(26, Count(host));
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("lamp/#");
        await confirm.ClickAsync();
        await Expect(page.Page.GetByText("Nothing fits")).ToBeVisibleAsync();
        Assert.Equal(1, Count(host));
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Who_only_looks_is_offered_nothing_that_changes()
    {
        await using PortalPage page = await portal.OpenAsync("retained", role: AdminRole.Viewer);
        await Expect(page.Page.Locator(".st-actions button")).ToHaveCountAsync(0);
        page.AssertNoFaults();
    }

    // Those below $SYS are the broker's own.
    private static int Count(PortalHost host) => host.Admin.Retained.List(Caller.Console, "#", null, 100).Items.Count;
}
