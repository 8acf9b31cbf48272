using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Layout;

public sealed class LayoutTests(PortalFixture portal)
{
    [Fact]
    public async Task A_chosen_theme_is_kept_by_the_browser_and_the_next_page_begins_with_it()
    {
        await using PortalPage page = await portal.OpenAsync("profile");
        Assert.Equal("rgb(244, 247, 249)", await GroundAsync(page));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Light or dark" }).ClickAsync();
        await page.PictureAsync("theme-menu");
        await page.Page.GetByText("Dark", new() { Exact = true }).ClickAsync();
        await Eventually.HoldsAsync(async () => await GroundAsync(page) == "rgb(14, 21, 26)");
        await page.GoToAsync("");
        Assert.Equal("rgb(14, 21, 26)", await GroundAsync(page));
        Assert.Equal("dark", await page.Page.Locator("html").GetAttributeAsync("data-theme"));
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Pages_follow_the_system_when_nothing_was_chosen()
    {
        await using PortalPage page = await portal.OpenAsync("profile");
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Eventually.HoldsAsync(async () => await GroundAsync(page) == "rgb(14, 21, 26)");
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Eventually.HoldsAsync(async () => await GroundAsync(page) == "rgb(244, 247, 249)");
    }

    [Fact]
    public async Task A_link_that_only_keys_reach_leads_past_the_navigation()
    {
        await using PortalPage page = await portal.OpenAsync("profile");
        ILocator skip = page.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });
        await Expect(skip).Not.ToBeInViewportAsync();
        await skip.FocusAsync();
        await Expect(skip).ToBeInViewportAsync();
        await skip.PressAsync("Enter");
        await Expect(page.Page.Locator("#content")).ToBeFocusedAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_page_that_is_navigated_to_has_its_title_in_focus()
    {
        await using PortalPage page = await portal.OpenAsync("profile");
        await page.Page.Locator(".st-nav a").First.ClickAsync();
        await Expect(page.Page.Locator("h1", new() { HasTextString = "Overview" })).ToBeFocusedAsync();
    }

    private static Task<string> GroundAsync(PortalPage page) => page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
}
