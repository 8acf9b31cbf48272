using Microsoft.Playwright;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Admin;
using SkyTree.Core.Security.Access;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Access;

/// <summary>Users, rules, bans, admins, keys, audit: each page's main action, with what it does to the broker and its clients.</summary>
public sealed class AccessPagesTests(PortalFixture portal)
{
    private AdminParties Names { get; } = new(Guid.NewGuid().ToString("N")[..8]);

    [Fact]
    public async Task A_user_is_added_disabled_and_deleted()
    {
        await using PortalPage page = await portal.OpenAsync($"users?q={Names.User}");
        await Expect(page.Page.GetByText("Nothing fits")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add user" }).First.ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync(Names.User);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Make up a password" }).ClickAsync();
        await dialog.GetByLabel("Groups").FillAsync("field, pumps");
        await page.PictureAsync("users-add");
        await page.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add user" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        ILocator row = page.Page.Locator("tr", new() { HasTextString = Names.User });
        await Expect(row).ToContainTextAsync("Password, SCRAM-SHA-256");
        Assert.Equal(["field", "pumps"], portal.Host.Admin.Users.Get(Caller.Console, Names.User).Groups);

        await ChooseAsync(page, row, "Disable");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(row).ToContainTextAsync("Disabled");
        Assert.True(portal.Host.Admin.Users.Get(Caller.Console, Names.User).IsDisabled);

        await ChooseAsync(page, row, "Delete");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.True(portal.Host.Admin.Users.Get(Caller.Console, Names.User).IsDisabled);
        await ChooseAsync(page, row, "Delete");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.Throws<AdminException>(() => portal.Host.Admin.Users.Get(Caller.Console, Names.User));
        page.AssertNoFaults();
    }

    [Fact]
    public async Task An_import_is_shown_before_it_is_done()
    {
        await portal.Host.Admin.Users.CreateAsync(Caller.Console, new UserImport(Names.User, "before", Groups: ["old"]));
        await using PortalPage page = await portal.OpenAsync("users");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Import" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("or paste it here").FillAsync($"name,password,groups\n{Names.User},after,new\n{Names.User}-2,secret,new\n");
        await Expect(dialog).ToContainTextAsync("1 new");
        await Expect(dialog).ToContainTextAsync("1 replaced");
        await Expect(dialog).ToContainTextAsync("+new, −old");
        await page.PictureAsync("users-import");
        Assert.Equal(["old"], portal.Host.Admin.Users.Get(Caller.Console, Names.User).Groups);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Import 2" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(["new"], portal.Host.Admin.Users.Get(Caller.Console, Names.User).Groups);
        page.AssertNoFaults();
    }

    [Theory]
    [InlineData(View.Light)]
    [InlineData(View.Dark)]
    [InlineData(View.Phone)]
    public async Task Rules_are_added_moved_and_tried(View view)
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await host.Admin.Access.CreateAsync(Caller.Console, new AccessRule { Topics = ["plant/${username}/#"], UserName = "pump-*" }, comment: "pumps see their own");
        await using PortalPage page = await portal.OpenAsync("rules", view, host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add rule" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Topics").FillAsync("plant/#");
        await dialog.GetByLabel("What it is for").FillAsync("nobody else");
        await dialog.GetByLabel("Effect").ClickAsync();
        await page.Page.Locator(".mud-popover-open").GetByText("Deny").ClickAsync();
        await page.PictureAsync("rules-add");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add rule" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.Page.Locator("tr[data-rule]")).ToHaveCountAsync(2);
        Assert.Equal(AccessEffect.Deny, host.Admin.Access.List(Caller.Console)[1].Rule.Effect);

        await page.Page.GetByLabel("Client identifier").FillAsync("c1");
        await page.Page.GetByLabel("User name").FillAsync("pump-7");
        await page.Page.GetByLabel("Topic", new() { Exact = true }).FillAsync("plant/pump-7/flow");
        await page.Page.GetByLabel("Topic", new() { Exact = true }).PressAsync("Tab");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Ask the rules" }).ClickAsync();
        await Expect(page.Page.Locator("[data-decision]")).ToContainTextAsync("Permitted");
        await Expect(page.Page.Locator("[data-decision]")).ToContainTextAsync("by rule 1: pumps see their own");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Move rule 2 up" }).ClickAsync();
        await Expect(page.Page.Locator("[data-decision]")).ToContainTextAsync("by rule 1: nobody else");
        Assert.Contains("topic=plant", page.Page.Url, StringComparison.Ordinal);
        await page.PictureAsync("rules");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Who_is_banned_is_sent_away_and_comes_back_when_the_ban_is_lifted()
    {
        await using Device device = await Device.ConnectAsync(portal.Host, Names.Client);
        await using PortalPage page = await portal.OpenAsync($"bans?new=1&client={Names.Client}");
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("too loud");
        await page.PictureAsync("bans-add");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Ban", Exact = true }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        ILocator row = page.Page.Locator("tr", new() { HasTextString = Names.Client });
        await Expect(row).ToContainTextAsync("too loud");
        await Eventually.HoldsAsync(() => !device.IsConnected);
        await page.PictureAsync("bans-one");
        await row.GetByRole(AriaRole.Button, new() { Name = "Lift" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Lift" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(row).ToHaveCountAsync(0);
        await using Device again = await Device.ConnectAsync(portal.Host, Names.Client);
        Assert.True(again.IsConnected);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task An_admin_is_added_and_the_last_administrator_stays()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using PortalPage page = await portal.OpenAsync("admins", host: host);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add admin" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync("olga");
        await dialog.GetByLabel("Password", new() { Exact = true }).FillAsync("short");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add admin" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert).First).ToContainTextAsync("10 characters");
        await dialog.GetByLabel("Password", new() { Exact = true }).FillAsync("long enough, surely");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add admin" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.Page.Locator("tr", new() { HasTextString = "olga" })).ToContainTextAsync("Viewer");
        await page.PictureAsync("admins");

        await ChooseAsync(page, page.Page.Locator("tr", new() { HasTextString = "you" }), "Delete");
        await dialog.GetByLabel("Type admin to confirm").FillAsync("admin");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("last administrator");
        Assert.False(host.Admin.Accounts.Get(Caller.Console, "admin").IsDisabled);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task A_key_is_shown_once_and_works()
    {
        await using PortalPage page = await portal.OpenAsync("api-keys");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add key" }).First.ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("What it is for").FillAsync(Names.Client);
        await dialog.GetByLabel("Limited to some areas").CheckAsync();
        await dialog.GetByLabel("sessions:read").CheckAsync();
        await page.PictureAsync("api-keys-add");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add key" }).ClickAsync();
        string token = await page.Page.Locator("#api-key-token").InnerTextAsync();
        await page.PictureAsync("api-keys-secret");
        Caller caller = portal.Host.Admin.ApiKeys.Authenticate(token, "127.0.0.1");
        Assert.True(caller.May(AdminArea.Sessions, AdminAccess.Read));
        Assert.False(caller.May(AdminArea.Topics, AdminAccess.Read));
        await dialog.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.Page.Locator("tr", new() { HasTextString = Names.Client })).ToContainTextAsync("sessions:read");
        await page.PictureAsync("api-keys");
        Assert.DoesNotContain(token, await page.Page.ContentAsync(), StringComparison.Ordinal);
        page.AssertNoFaults();
    }

    [Fact]
    public async Task The_audit_log_shows_what_a_field_was_and_is()
    {
        AdminAccount account = await portal.Host.AddAccountAsync(Names.User, AdminRole.Viewer);
        await portal.Host.Admin.Accounts.ChangeAsync(Caller.Console, account.Name, AdminRole.Operator);
        await using PortalPage page = await portal.OpenAsync($"audit?target={Names.User}&action=admins.change");
        await page.PictureAsync("audit-found");
        await page.Page.GetByTitle("Show what changed").ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator("del")).ToHaveTextAsync("viewer", new() { IgnoreCase = true });
        await Expect(dialog.Locator("ins")).ToHaveTextAsync("operator", new() { IgnoreCase = true });
        await page.PictureAsync("audit-difference");
        await page.AssertAccessibleAsync();
        page.AssertNoFaults();
    }

    [Fact]
    public async Task Who_may_only_look_is_offered_no_changes()
    {
        await using PortalPage page = await portal.OpenAsync("users", role: AdminRole.Viewer);
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Add user" })).ToHaveCountAsync(0);
        foreach ((string address, string button) in new[] { ("rules", "Add rule"), ("bans", "Ban"), ("settings", "Close") })
        {
            await page.GoToAsync(address);
            await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true })).ToHaveCountAsync(0);
        }
    }

    private static async Task ChooseAsync(PortalPage page, ILocator row, string action)
    {
        await row.GetByRole(AriaRole.Button, new() { NameRegex = new("Actions for") }).ClickAsync();
        await page.Page.Locator(".mud-popover-open").GetByText(action, new() { Exact = true }).ClickAsync();
    }

    private sealed record AdminParties(string Mark)
    {
        public string User => "user-" + Mark;

        public string Client => "client-" + Mark;
    }
}
