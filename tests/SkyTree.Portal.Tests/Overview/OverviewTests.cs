using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Overview;

public sealed class OverviewTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task What_clients_do_shows_while_they_do_it(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("", view, host: host);
        ILocator connections = page.Page.Locator(".st-figure", new() { HasTextString = "Connections" }).Locator("dd").First;
        await Expect(connections).ToHaveTextAsync("0");

        await using Device device = await Device.ConnectAsync(host, "greenhouse", isDurable: true);
        await device.SubscribeAsync("greenhouse/#");
        await Expect(connections).ToHaveTextAsync("1");
        ILocator sent = page.Page.Locator(".st-figure", new() { HasTextString = "Messages out" });
        int count = 0;
        await Eventually.HoldsAsync(async () =>
        {
            for (int i = 0; i < 20; i++, count++)
            {
                await device.PublishAsync($"greenhouse/bed/{i}", "{\"moisture\":42}");
            }

            return count >= 400 && !(await sent.InnerTextAsync()).Contains("\n0/s", StringComparison.Ordinal);
        });
        ILocator chart = page.Page.Locator(".st-chart").First;
        await Expect(chart.Locator(".st-lines[data-values] canvas")).ToBeVisibleAsync();
        LocatorBoundingBoxResult plot = (await chart.Locator(".u-over").BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(plot.X + plot.Width - 3, plot.Y + (plot.Height / 2)); // to the left there is nothing yet
        await Expect(chart.Locator(".st-chart-note")).ToContainTextAsync("UTC");
        await Expect(chart.Locator(".st-chart-note")).ToContainTextAsync("Messages in");
        await page.PictureAsync("overview-busy");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task How_far_charts_go_back_stands_in_the_address()
    {
        await using PortalPage page = await portal.OpenAsync("");
        foreach ((string text, string range) in new[] { ("Hour", "hour"), ("Day", "day"), ("Week", "week") })
        {
            await page.Page.GetByRole(AriaRole.Link, new() { Name = text, Exact = true }).ClickAsync();
            await Expect(page.Page).ToHaveURLAsync(new Uri(portal.Host.Address, "?range=" + range).AbsoluteUri);
            await Expect(page.Page.Locator(".st-segments a[aria-current]")).ToHaveTextAsync(text);
            await Expect(page.Page.GetByText("Size of the store")).ToBeVisibleAsync();
        }

        await page.Page.GoBackAsync();
        await Expect(page.Page.Locator(".st-segments a[aria-current]")).ToHaveTextAsync("Day");
        await page.PictureAsync("overview-day");
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_chart_has_its_values_as_a_table_too_and_stays_as_high()
    {
        await using PortalPage page = await portal.OpenAsync("");
        ILocator chart = page.Page.Locator(".st-chart").First;
        await Expect(chart.Locator(".st-lines[data-values]")).ToBeVisibleAsync();
        int high = await HeightAsync(chart);

        await chart.GetByRole(AriaRole.Button, new() { Name = "Messages as a table" }).ClickAsync();
        await Expect(chart.Locator("thead th")).ToHaveTextAsync(["Time (UTC)", "Messages in", "Messages out", "Dropped"]);
        await Expect(chart.Locator("tbody tr").First).ToBeVisibleAsync();
        Assert.Equal(high, await HeightAsync(chart));
        await page.AssertAccessibleAsync();

        await chart.GetByRole(AriaRole.Button, new() { Name = "Messages as a table" }).ClickAsync();
        await Expect(chart.Locator(".st-lines canvas")).ToBeVisibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_chart_is_as_wide_as_its_window_lets_it()
    {
        await using PortalPage page = await portal.OpenAsync("");
        ILocator chart = page.Page.Locator(".st-lines[data-values] .uplot").First;
        await Expect(chart).ToBeVisibleAsync();
        await page.Page.SetViewportSizeAsync(390, 800);
        await Eventually.HoldsAsync(async () => (await chart.BoundingBoxAsync())?.Width < 390);
        await page.AssertFitsAsync();
        await page.Page.SetViewportSizeAsync(1600, 800);
        await Eventually.HoldsAsync(async () => (await chart.BoundingBoxAsync())?.Width > 500);
        page.AssertNoFaults();
    }

    private static async Task<int> HeightAsync(ILocator element) => (int)(await element.BoundingBoxAsync())!.Height;
}
