using Microsoft.Playwright;
using MQTTnet;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Sessions;

public sealed class SessionsTests(PortalFixture portal) : IAsyncDisposable
{
    private readonly List<WatchedDevice> _devices = [];

    private PortalHost Host => portal.Host;

    public async ValueTask DisposeAsync()
    {
        foreach (WatchedDevice device in _devices)
        {
            await device.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_client_appears_without_a_reload_and_is_disconnected_with_the_reason_that_was_typed()
    {
        await using PortalPage page = await portal.OpenAsync("sessions?q=kicked-");
        await Expect(page.Page.GetByText("Nothing fits these filters")).ToBeVisibleAsync();
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "kicked-1");
        await Expect(Row(page, "kicked-1")).ToBeVisibleAsync();
        await Expect(Row(page, "kicked-1").GetByText("Connected", new() { Exact = true })).ToBeVisibleAsync();

        await page.Page.GetByLabel("Choose kicked-1").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect", Exact = true }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("Disconnect kicked-1?")).ToBeVisibleAsync();
        await page.PictureAsync("sessions-kick");
        await page.AssertAccessibleAsync();
        await dialog.GetByLabel("Reason").FillAsync("firmware too old");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Disconnect" }).ClickAsync();

        MqttClientDisconnectedEventArgs gone = await device.Disconnected;
        Assert.Equal(0x98, (int)gone.Reason);
        Assert.Equal("firmware too old", gone.ReasonString);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Offline_sessions_are_counted_first_and_deleted_only_when_that_is_confirmed()
    {
        for (int i = 0; i < 3; i++)
        {
            await using WatchedDevice left = await WatchedDevice.ConnectAsync(Host, $"left-{i}", expirySeconds: 3600);
            await left.LeaveAsync();
        }

        await using WatchedDevice here = await WatchedDevice.ConnectAsync(Host, "left-connected", expirySeconds: 3600);
        await Eventually.HoldsAsync(async () => (await ListAsync("left-")).Count(item => !item.IsConnected) == 3);
        await using PortalPage page = await portal.OpenAsync("sessions?q=left-*");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(4);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete offline sessions" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("3 sessions would be deleted.")).ToBeVisibleAsync();
        await page.PictureAsync("sessions-delete");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(4, (await ListAsync("left-")).Count);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete offline sessions" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete 3" }).ClickAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Equal("left-connected", Assert.Single(await ListAsync("left-")).ClientId);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task What_is_typed_stands_in_the_address_and_is_kept_as_a_view()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "viewed-1");
        await using PortalPage page = await portal.OpenAsync("sessions");
        await page.Page.GetByLabel("Client ID").FillAsync("viewed-");
        await page.ReachesAsync("q=viewed-");
        await Expect(Row(page, "viewed-1")).ToBeVisibleAsync();

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Views" }).First.ClickAsync();
        await page.Page.GetByText("Save this view…").ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync("the viewed");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GoToAsync("sessions");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Views" }).First.ClickAsync();
        await page.Page.GetByText("the viewed").ClickAsync();
        await page.ReachesAsync("q=viewed-");
        page.AssertNoFaults();
    }

    [Fact]
    public async Task The_heading_of_a_column_sorts_all_rows_and_the_address_says_so()
    {
        for (int i = 1; i <= 3; i++)
        {
            WatchedDevice device = await WatchedDevice.ConnectAsync(Host, $"sorted-{i}", expirySeconds: 3600);
            _devices.Add(device);
            for (int n = 0; n < i % 3; n++)
            {
                await device.SubscribeAsync($"sorted/{n}");
            }
        }

        await using PortalPage page = await portal.OpenAsync("sessions?q=sorted-*");
        await Expect(page.Page.Locator("tbody a")).ToHaveTextAsync(["sorted-1", "sorted-2", "sorted-3"]);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Client", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("tbody a")).ToHaveTextAsync(["sorted-3", "sorted-2", "sorted-1"]);
        ILocator heading = page.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Subscriptions" });
        await heading.GetByRole(AriaRole.Button).ClickAsync();
        await page.ReachesAsync("sort=-subscriptions");
        await Expect(heading).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(page.Page.Locator("tbody a")).ToHaveTextAsync(["sorted-2", "sorted-1", "sorted-3"]);
        await heading.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Page.Locator("tbody a")).ToHaveTextAsync(["sorted-3", "sorted-1", "sorted-2"]);
        await page.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Queue" }).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Page.GetByText("Connected sessions only, as each node says now")).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_viewer_sees_sessions_and_is_offered_nothing_that_changes_them()
    {
        await using WatchedDevice device = await WatchedDevice.ConnectAsync(Host, "seen-1");
        await using PortalPage page = await portal.OpenAsync("sessions?q=seen-", role: AdminRole.Viewer);
        await Expect(Row(page, "seen-1")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete offline sessions" })).ToHaveCountAsync(0);
        await Expect(page.Page.Locator(".st-list input[type=checkbox]")).ToHaveCountAsync(0);
        await page.GoToAsync("sessions/one?id=seen-1");
        await Expect(page.Page.GetByText("Connected", new() { Exact = true }).First).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect" })).ToHaveCountAsync(0);
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "End session" })).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task The_list_with_its_rows_is_readable_on_every_screen(View view)
    {
        await using WatchedDevice gone = await WatchedDevice.ConnectAsync(Host, $"list-{view}-sensor-with-a-rather-long-name-in-the-basement", expirySeconds: 86400);
        await gone.SubscribeAsync("list/#");
        await gone.LeaveAsync();
        await using WatchedDevice here = await WatchedDevice.ConnectAsync(Host, $"list-{view}-gateway", expirySeconds: uint.MaxValue);
        await using WatchedDevice other = await WatchedDevice.ConnectAsync(Host, $"list-{view}-meter");
        await here.PublishAsync("list/a", "{}");
        await using PortalPage page = await portal.OpenAsync($"sessions?q=list-{view}", view);
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await page.PictureAsync("sessions-list");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    private static ILocator Row(PortalPage page, string client) => page.Page.Locator("tbody tr", new() { HasText = client });

    private async Task<IReadOnlyList<SessionItem>> ListAsync(string prefix) =>
        (await Host.Admin.Sessions.ListAsync(Caller.Console, new SessionFilter { ClientIdPrefix = prefix }, null, 100)).Items;
}
