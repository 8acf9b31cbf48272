using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Account;

public sealed class SignInTests(PortalFixture portal)
{
    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Who_has_not_signed_in_is_asked_to_and_comes_where_they_were_going(View view)
    {
        await using PortalPage page = await portal.NewPageAsync(view: view);
        await page.GoToAsync("profile");
        await page.ReachesAsync("/login\\?to=%2Fprofile$");
        await page.PictureAsync("login");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        await page.Page.FillAsync("#name", "admin");
        await page.Page.FillAsync("#password", PortalHost.Password);
        await page.Page.PressAsync("#password", "Enter");
        await page.ReachesAsync("/profile$");
        await page.SettleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Who_has_signed_in_is_led_on_from_the_sign_in_page()
    {
        await using PortalPage page = await portal.OpenAsync("login?to=%2Fprofile");
        await Expect(page.Page).ToHaveURLAsync(new Uri(portal.Host.Address, "profile").AbsoluteUri);
        await Expect(page.Page.Locator("#password")).ToHaveCountAsync(0);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Brokers_of_one_host_do_not_sign_people_out_of_each_other()
    {
        await using PortalHost other = await PortalHost.StartAsync();
        await using PortalPage page = await portal.NewPageAsync();
        await page.SignInAsync("admin");
        await page.Page.GotoAsync(new Uri(other.Address, "login").AbsoluteUri);
        await page.Page.FillAsync("#name", "admin");
        await page.Page.FillAsync("#password", PortalHost.Password);
        await page.Page.ClickAsync("button[type=submit]");
        await Expect(page.Page).ToHaveURLAsync(other.Address.AbsoluteUri);
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Overview");
        await page.GoToAsync("profile");
        await Expect(page.Page).ToHaveURLAsync(new Uri(portal.Host.Address, "profile").AbsoluteUri);
    }

    [Fact]
    public async Task Data_without_its_key_ask_everyone_to_sign_in_anew()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.NewPageAsync(host);
        await page.SignInAsync("admin");
        await page.LeaveAsync();
        await host.StopAsync();
        await host.StartAgainAsync();
        await page.GoToAsync("profile");
        await Expect(page.Page).ToHaveURLAsync(new Uri(host.Address, "profile").AbsoluteUri);

        await page.LeaveAsync();
        await host.StopAsync();
        File.Delete(Path.Combine(host.Data, "portal.key")); // as after a restore
        await host.StartAgainAsync();
        await page.GoToAsync("profile");
        await Expect(page.Page.Locator("#password")).ToBeVisibleAsync();
        await page.SignInAsync("admin", to: "/profile");
        await Expect(page.Page).ToHaveURLAsync(new Uri(host.Address, "profile").AbsoluteUri);
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_telling_whether_there_is_such_an_account()
    {
        await using PortalPage page = await portal.NewPageAsync();
        string known = await FailAsync(page, "admin");
        string unknown = await FailAsync(page, "nobody-here");
        Assert.Equal(known, unknown);
        Assert.Equal("nobody-here", await page.Page.InputValueAsync("#name"));
        Assert.Empty(await page.Page.InputValueAsync("#password"));
        await page.AssertAccessibleAsync();
        await page.PictureAsync("login-wrong");
    }

    [Fact]
    public async Task Too_many_wrong_passwords_are_told_with_how_long_to_wait()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.NewPageAsync(host);
        string told = "";
        for (int i = 0; i < 30 && !told.Contains("too many", StringComparison.Ordinal); i++)
        {
            told = await FailAsync(page, "admin");
        }

        Assert.Matches("^There were too many wrong passwords\\. Try again in [0-9]+ seconds\\.$", told);
    }

    [Fact]
    public async Task A_password_that_was_given_must_be_changed_before_anything_else()
    {
        await portal.Host.AddAccountAsync("newcomer", AdminRole.Operator, mustChangePassword: true);
        await using PortalPage page = await portal.NewPageAsync();
        await page.SignInAsync("newcomer");
        await Expect(page.Page).ToHaveURLAsync(new Uri(portal.Host.Address, "password").AbsoluteUri);
        await page.AssertAccessibleAsync();
        await page.PictureAsync("password");
        await page.GoToAsync("profile");
        await Expect(page.Page).ToHaveURLAsync(new Uri(portal.Host.Address, "password").AbsoluteUri);

        await page.Page.FillAsync("#current", PortalHost.Password);
        await page.Page.FillAsync("#next", "another good password");
        await page.Page.FillAsync("#again", "another bad password");
        await page.Page.ClickAsync("button[type=submit]");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The new passwords differ.");

        await page.Page.FillAsync("#current", PortalHost.Password);
        await page.Page.FillAsync("#next", "another good password");
        await page.Page.FillAsync("#again", "another good password");
        await page.Page.ClickAsync("button[type=submit]");
        await Expect(page.Page).ToHaveURLAsync(portal.Host.Address.AbsoluteUri);
        page.AssertNoFaults();
        await Assert.ThrowsAsync<AdminException>(async () => await portal.Host.Admin.Accounts.SignInAsync("newcomer", PortalHost.Password, null));
    }

    [Fact]
    public async Task Signing_out_ends_it_in_this_browser()
    {
        await portal.Host.AddAccountAsync("leaver", AdminRole.Viewer);
        await using PortalPage page = await portal.NewPageAsync();
        await page.SignInAsync("leaver");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Account of leaver" }).ClickAsync();
        await page.Page.GetByText("Sign out").ClickAsync();
        await page.ReachesAsync("/login$");
        await page.GoToAsync("profile");
        await page.ReachesAsync("/login");
        page.AssertNoFaults();
    }

    [Fact]
    public async Task An_account_that_is_disabled_is_out_of_its_open_pages_within_seconds()
    {
        await portal.Host.AddAccountAsync("suspect", AdminRole.Operator);
        await using PortalPage page = await portal.NewPageAsync();
        await page.SignInAsync("suspect");
        await portal.Host.Admin.Accounts.ChangeAsync(Caller.Console, "suspect", isDisabled: true);
        await page.ReachesAsync("/login");
    }

    [Fact]
    public async Task Another_role_shows_in_open_pages_within_seconds()
    {
        await portal.Host.AddAccountAsync("climber", AdminRole.Viewer);
        await using PortalPage page = await portal.NewPageAsync();
        await page.SignInAsync("climber", to: "/profile");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Account of climber" }).ClickAsync();
        await Expect(page.Page.Locator(".mud-popover-open").GetByText("Viewer")).ToBeVisibleAsync();
        await portal.Host.Admin.Accounts.ChangeAsync(Caller.Console, "climber", AdminRole.Operator);
        await Expect(page.Page.Locator(".mud-popover-open").GetByText("Operator")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_sign_in_outlives_a_restart_of_the_broker_and_an_open_page_finds_its_way_back()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.NewPageAsync(host);
        await page.SignInAsync("admin", to: "/profile");
        await page.Page.EvaluateAsync("() => { globalThis.before = true; }");
        await host.StopAsync();
        await Expect(page.Page.GetByRole(AriaRole.Alertdialog, new() { Name = "Connection lost" })).ToBeVisibleAsync();
        await page.PictureAsync("connection-lost");
        await page.AssertAccessibleAsync();
        await host.StartAgainAsync();
        await page.Page.WaitForFunctionAsync("() => globalThis.before !== true");
        await page.SettleAsync();
        await Expect(page.Page).ToHaveURLAsync(new Uri(host.Address, "profile").AbsoluteUri);
    }

    private static async Task<string> FailAsync(PortalPage page, string name)
    {
        await page.GoToAsync("login");
        await page.Page.FillAsync("#name", name);
        await page.Page.FillAsync("#password", "not the password");
        await page.Page.ClickAsync("button[type=submit]");
        return await page.Page.GetByRole(AriaRole.Alert).InnerTextAsync();
    }
}
