using Microsoft.Playwright;
using SkyTree.Embedding.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Embedding.Tests;

/// <summary>The portal below a prefix of somebody else's application, in a real browser.</summary>
public sealed class PortalInApplicationTests(ForeignApplication application, Browser browser) : IClassFixture<ForeignApplication>, IClassFixture<Browser>
{
    private ApplicationProcess App => application.Process;

    [Fact]
    public async Task Who_has_signed_in_to_the_application_has_signed_in_to_the_portal()
    {
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{App.Address}skytree/sessions?state=connected");
        // The application's own sign-in, not the broker's.
        await EnterAsync(page, "ada", "chief");
        Assert.Equal("/skytree/sessions?state=connected", new Uri(page.Page.Url).PathAndQuery);
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Sessions");
        using var client = await App.ConnectAsync("seen-in-the-portal");
        await page.Page.GotoAsync($"{App.Address}skytree/sessions/one?id=seen-in-the-portal");
        await Expect(page.Page.Locator("h1")).ToContainTextAsync("seen-in-the-portal");
        await page.Page.Locator(".st-nav a[href='.']").ClickAsync();
        await Expect(page.Page).ToHaveURLAsync($"{App.Address}skytree/");
        await page.Page.Locator("button[aria-label*='ada']").ClickAsync();
        await Expect(page.Page.GetByText("Administrator").First).ToBeVisibleAsync();
        await Expect(page.Page.GetByText("Sign out")).ToHaveCountAsync(0);
        Assert.Empty(page.Faults);
    }

    [Fact]
    public async Task Every_page_of_the_drawer_is_below_the_prefix()
    {
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{App.Address}skytree");
        await EnterAsync(page, "ada", "chief");
        ILocator links = page.Page.Locator(".st-nav a");
        await Expect(links.First).ToBeVisibleAsync();
        string[] addresses = await links.EvaluateAllAsync<string[]>("links => links.map(link => link.href)");
        Assert.True(addresses.Length > 10);
        foreach (string address in addresses)
        {
            Assert.StartsWith($"{App.Address}skytree/", address, StringComparison.Ordinal);
            await page.Page.GotoAsync(address);
            await Expect(page.Page.Locator("h1").First).ToBeVisibleAsync();
            await Expect(page.Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
        }

        Assert.Empty(page.Faults);
    }

    [Fact]
    public async Task The_client_of_the_portal_connects_through_the_application()
    {
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{App.Address}skytree/client");
        await EnterAsync(page, "ada", "chief");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Connect", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Disconnect" })).ToBeEnabledAsync();
        Assert.Empty(page.Faults);
    }

    [Fact]
    public async Task A_visitor_sees_and_changes_nothing_and_a_stranger_sees_nothing()
    {
        using var client = await App.ConnectAsync("not-to-be-kicked");
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{App.Address}skytree/sessions/one?id=not-to-be-kicked");
        await EnterAsync(page, "guest", "visitor");
        await Expect(page.Page.Locator("h1")).ToContainTextAsync("not-to-be-kicked");
        await Expect(page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Disconnect" })).ToHaveCountAsync(0);
        await Expect(page.Page.Locator(".st-nav a[href='admins']")).ToHaveCountAsync(0);
        Assert.Empty(page.Faults);

        await using WatchedPage other = await browser.OpenAsync();
        await other.Page.GotoAsync($"{App.Address}skytree/sessions");
        await EnterAsync(other, "cook", "cook");
        await Expect(other.Page.Locator("h1")).ToHaveTextAsync("Not for your role");
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task Pages_of_its_own_live_beside_the_portal()
    {
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{App.Address}counter");
        await Expect(page.Page.Locator("#count")).ToHaveTextAsync("0");
        // Buttons answer once the page has its circuit.
        await Deadline.HoldsAsync(async () =>
        {
            await page.Page.ClickAsync("#more");
            return await page.Page.Locator("#count").InnerTextAsync() != "0";
        });
        Assert.Equal("rgb(1, 2, 3)", await page.Page.Locator("h1").EvaluateAsync<string>("h1 => getComputedStyle(h1).color"));
        Assert.Empty(page.Faults);
    }

    private static async Task EnterAsync(WatchedPage page, string name, string role)
    {
        await page.Page.FillAsync("[name=name]", name);
        await page.Page.FillAsync("[name=role]", role);
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Enter the plant" }).ClickAsync();
        await page.Page.Locator("h1").First.WaitForAsync();
    }
}
