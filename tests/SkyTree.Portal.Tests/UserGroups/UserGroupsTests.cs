using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Security.Access;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.UserGroups;

public sealed class UserGroupsTests(PortalFixture portal)
{
    [Fact]
    public async Task A_group_is_made_by_its_first_member_and_shows_the_rules_that_name_it()
    {
        foreach (string name in (string[])["grouped-ada", "grouped-bob"])
        {
            await portal.Host.Admin.Users.CreateAsync(Caller.Console, new UserImport(name));
        }

        await portal.Host.Admin.Access.CreateAsync(Caller.Console, new AccessRule { Group = "night shift", Topics = ["shift/#"] }, comment: "who works at night");
        await using PortalPage page = await portal.OpenAsync("groups");
        await Expect(page.Page.Locator("tbody tr", new() { HasText = "night shift" })).ToContainTextAsync("1");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Create group" }).ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog).Filter(new() { HasText = "Create a group" });
        await dialog.GetByLabel("Group").FillAsync("night shift");
        await dialog.GetByLabel("User").FillAsync("grouped-ada");
        await page.Page.Locator(".mud-popover-open").GetByText("grouped-ada").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create group" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "night shift" })).ToBeVisibleAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Page.GetByText("who works at night")).ToBeVisibleAsync();
        await portal.Host.Admin.Users.ChangeAsync(Caller.Console, "grouped-bob", ["night shift"]);
        await page.GoToAsync("groups/one?name=night%20shift");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.PictureAsync("group");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.Page.GetByLabel("Choose grouped-ada").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Remove from the group" }).ClickAsync();
        ILocator remove = page.Page.GetByRole(AriaRole.Dialog).Filter(new() { HasText = "Remove grouped-ada from night shift?" });
        await remove.GetByRole(AriaRole.Button, new() { Name = "Remove from the group" }).ClickAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Empty(portal.Host.Admin.Users.Get(Caller.Console, "grouped-ada").Groups);
        page.AssertNoFaults();
    }
}
