using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Portal.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.MessageRules;

/// <summary>The list of message rules, and trying them.</summary>
public sealed class MessageRulesTests(PortalFixture portal)
{
    [Fact]
    public async Task The_list_tells_what_each_has_done_and_a_message_can_be_tried()
    {
        await using PortalHost host = await PortalHost.StartAsync(
            "--SkyTree:Rules:Rewrites:0:Name=legacy", "--SkyTree:Rules:Rewrites:0:Filter=old/+/temp", "--SkyTree:Rules:Rewrites:0:To=plant/${1}/temperature",
            "--SkyTree:Rules:Republish:hot:Filter=plant/+/temperature", "--SkyTree:Rules:Republish:hot:If=@.value > 80", "--SkyTree:Rules:Republish:hot:To=alarms/${1}",
            "--SkyTree:Rules:Republish:hot:Payload={\"value\":\"${$.value}\"}");
        foreach (string payload in (string[])["{\"value\":81}", "{\"value\":20}", "warm"])
        {
            await host.Admin.Publish.PublishAsync(Caller.Console, new PublishRequest { Topic = "plant/1/temperature", Payload = System.Text.Encoding.UTF8.GetBytes(payload), QoS = QoS.AtLeastOnce });
        }

        await using PortalPage page = await portal.OpenAsync("message-rules", host: host);
        ILocator hot = page.Page.Locator("tr[data-rule='hot']");
        await Expect(hot.GetByText("Running")).ToBeVisibleAsync();
        await Expect(hot.Locator("td[data-title='Fitted']")).ToHaveTextAsync("3");
        await Expect(hot.Locator("td[data-title='Done']")).ToHaveTextAsync("1");
        await Expect(hot.Locator("td[data-title='Failed']")).ToHaveTextAsync("1");
        await Expect(hot.Locator("td[data-title='Last failure']")).ToContainTextAsync("the payload is not JSON");
        await Expect(page.Page.Locator("tr[data-rule='legacy']").GetByText("Active")).ToBeVisibleAsync();
        await page.AssertFitsAsync();

        await page.Page.GetByLabel("Topic or filter").FillAsync("old/7/temp");
        await page.Page.GetByLabel("Payload", new() { Exact = true }).FillAsync("{\"value\":99}");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Try", Exact = true }).ClickAsync();
        ILocator trial = page.Page.Locator("[data-trial='there']");
        await Expect(trial.GetByText("plant/7/temperature, by legacy").First).ToBeVisibleAsync();
        await Expect(trial.GetByText("hot publishes to alarms/7 at QoS 1")).ToBeVisibleAsync();
        await page.PictureAsync("message-rules");
        await page.AssertFitsAsync();
        await page.AssertAccessibleAsync();

        await page.Page.GetByLabel("Topic or filter").FillAsync("a#");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Try", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByText("It is neither a topic name nor a plain topic filter.")).ToBeVisibleAsync();
        page.AssertNoFaults();

        await using PortalPage phone = await portal.OpenAsync("message-rules", View.Phone, role: AdminRole.Viewer, host: host);
        await Expect(phone.Page.Locator("tr[data-rule='hot']").GetByText("Running")).ToBeVisibleAsync();
        await phone.PictureAsync("message-rules-phone");
        await phone.AssertFitsAsync();
        await phone.AssertAccessibleAsync();
        phone.AssertNoFaults();
    }
}
