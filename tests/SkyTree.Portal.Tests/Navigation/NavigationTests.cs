using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using SkyTree.AspNetCore.Portal.Layout;
using Xunit;
using static Microsoft.Playwright.Assertions;
using Pages = SkyTree.AspNetCore.Portal.Layout.Navigation;

namespace SkyTree.Portal.Tests.Navigation;

public sealed class NavigationTests(PortalFixture portal)
{
    public static TheoryData<string, View> Targets
    {
        get
        {
            var data = new TheoryData<string, View>();
            foreach (NavigationEntry entry in Pages.Groups.SelectMany(group => group.Entries).Append(new NavigationEntry("Profile", "profile", "", AdminArea.Stats)))
            {
                foreach (View view in Enum.GetValues<View>())
                {
                    data.Add(entry.Address, view);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Each_page_is_drawn_without_a_fault_for_everyone_on_every_screen(string address, View view)
    {
        await using PortalPage page = await portal.OpenAsync(address, view);
        await page.PictureAsync(address.Length == 0 ? "overview" : address.Replace('/', '-'));
        Assert.EndsWith("· SkyTree", await page.Page.TitleAsync(), StringComparison.Ordinal);
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task The_drawer_leads_to_each_page_without_loading_anew()
    {
        await using PortalPage page = await portal.OpenAsync("");
        await page.Page.EvaluateAsync("() => { globalThis.same = true; }");
        foreach (NavigationEntry entry in Pages.Groups.SelectMany(group => group.Entries))
        {
            await page.Page.Locator($".st-nav a[href='{(entry.Address.Length == 0 ? "." : entry.Address)}']").ClickAsync();
            await page.ReachesAsync($"//[^/]+/{entry.Address}(\\?|$)");
            await page.SettleAsync();
        }

        Assert.True(await page.Page.EvaluateAsync<bool>("() => globalThis.same === true"));
        page.AssertNoFaults();
    }

    [Fact]
    public async Task On_a_phone_the_drawer_is_closed_until_it_is_asked_for()
    {
        await using PortalPage page = await portal.OpenAsync("profile", View.Phone);
        await Expect(page.Page.Locator(".st-nav")).Not.ToBeInViewportAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show or hide the navigation" }).ClickAsync();
        await Expect(page.Page.Locator(".st-nav")).ToBeInViewportAsync();
        await page.PictureAsync("drawer");
        await page.AssertAccessibleAsync();
        await page.Page.Locator(".st-nav a").First.ClickAsync();
        await page.SettleAsync();
        await Expect(page.Page.Locator(".st-nav")).Not.ToBeInViewportAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_viewer_is_led_to_nothing_that_is_not_for_viewers_and_not_let_in_by_address()
    {
        await using PortalPage page = await portal.OpenAsync("", role: AdminRole.Viewer);
        NavigationEntry[] entries = [.. Pages.Groups.SelectMany(group => group.Entries)];
        foreach (NavigationEntry entry in entries)
        {
            await Expect(page.Page.Locator($".st-nav a[href='{(entry.Address.Length == 0 ? "." : entry.Address)}']")).ToHaveCountAsync(May(entry) ? 1 : 0);
        }

        foreach (NavigationEntry entry in entries.Where(entry => !May(entry)))
        {
            await page.GoToAsync(entry.Address);
            await Expect(page.Page.GetByText("Not for your role")).ToBeVisibleAsync();
        }

        static bool May(NavigationEntry entry) => Caller.RequiredRole(entry.Area, AdminAccess.Read) <= AdminRole.Viewer;
    }

    [Fact]
    public async Task An_address_without_a_page_says_so()
    {
        await using PortalPage page = await portal.OpenAsync("no/such/page");
        await Expect(page.Page.GetByText("Nothing is here")).ToBeVisibleAsync();
        await page.PictureAsync("not-found");
        await page.AssertAccessibleAsync();
    }
}
