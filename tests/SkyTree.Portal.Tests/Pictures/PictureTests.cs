using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using SkyTree.Portal.Tests.Harness;
using SkyTree.AspNetCore.Portal.Live;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Portal.Tests.Pictures;

/// <summary>Makes the pictures of <c>docs/images</c>, and of all pages with something on them in <c>TestResults/portal</c>. Takes minutes, and so is there only when built with <c>-p:Pictures=true</c>.</summary>
public sealed class PictureTests(PortalFixture portal)
{
    private const int Seconds = 200; // of charts

    [Fact]
    public async Task The_pictures_of_the_documents()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        await using Plant plant = await Plant.StartAsync(host);
        PortalPulse pulse = host.Services.GetRequiredService<PortalPulse>();
        using (CancellationTokenSource deadline = new(TimeSpan.FromSeconds(Seconds * 3)))
        {
            while (pulse.Samples.Count < Seconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), deadline.Token);
            }
        }

        foreach (View view in Enum.GetValues<View>())
        {
            await using PortalPage page = await portal.OpenAsync("", view, host: host);
            foreach ((string address, string name) in new[]
            {
                ("", "overview"), ("?range=hour", "overview-hour"), ("sessions", "sessions"), ("sessions/one?id=billing", "session"), ("sessions/one?id=dashboard", "session-live"),
                ("topics?topic=plant%2Fmixing%2F01%2Fclimate", "topics"), ("messages", "messages"), ("messages/topics", "messages-topics"), ("retained", "retained"),
                ("retained/one?topic=plant%2Fmixing%2Fsettings", "retained-one"), ("subscriptions", "subscriptions"), ("shared-groups", "shared-groups"), ("drops", "drops"), ("settings", "settings"), ("client", "client"),
            })
            {
                await page.GoToAsync(address);
                await page.PictureAsync("busy-" + name);
            }
        }

        await SaveAsync(host, "", "overview", View.Light, page => Expect(page.Locator(".st-lines[data-values]")).ToHaveCountAsync(4));
        await SaveAsync(host, "topics?topic=plant%2Fmixing%2F01%2Fclimate", "topics", View.Dark, page => Expect(page.GetByText("dashboard").First).ToBeVisibleAsync());
        await SaveAsync(host, "sessions", "sessions", View.Light, page => Expect(page.GetByText("billing").First).ToBeVisibleAsync());
        await SaveAsync(host, "messages?filter=plant%2F%2B%2F%2B%2Fclimate", "messages", View.Dark, page => Expect(page.Locator("tbody tr").First).ToBeVisibleAsync());
        await SaveAsync(host, "client?topic=plant%2Fmixing%2F01%2Fcommands%2Flid", "client", View.Light, ConnectAsync);
    }

    [Fact]
    public async Task The_picture_of_a_cluster()
    {
        await using PortalCluster cluster = await PortalCluster.StartAsync();
        List<WatchedDevice> devices = [];
        for (int i = 0; i < 12; i++)
        {
            devices.Add(await WatchedDevice.ConnectAsync(cluster.Nodes[i % 3].MqttPort, $"pump-{i:00}", expirySeconds: 3600));
            await devices[i].SubscribeAsync($"plant/{i:00}/#");
            await devices[i].PublishAsync($"plant/{i:00}/pressure", """{"bar":4.2}""");
        }

        await using PortalPage page = await portal.NewPageAsync(cluster.Nodes[2].Portal);
        await page.SignInAsync("admin", to: "/cluster");
        await Expect(page.Page.Locator(".st-list tbody").First.Locator("tr")).ToHaveCountAsync(3);
        await SaveAsync(page, "cluster");
        foreach (WatchedDevice device in devices)
        {
            await device.DisposeAsync();
        }
    }

    private static async Task SaveAsync(PortalPage page, string name) =>
        await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"portal-{name}.png") });

    private static async Task ConnectAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await page.GetByLabel("Filter", new() { Exact = true }).FillAsync("plant/mixing/#");
        await page.GetByLabel("Filter", new() { Exact = true }).PressAsync("Tab");
        await page.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Expect(page.Locator(".st-messages > li").Nth(5)).ToBeVisibleAsync();
        await page.Locator(".st-message-head").Nth(1).ClickAsync();
        await Expect(page.Locator(".st-message-body .st-payload")).ToBeVisibleAsync();
        await page.EvaluateAsync("() => scrollTo(0, 0)");
    }

    private async Task SaveAsync(PortalHost host, string address, string name, View view, Func<IPage, Task> until)
    {
        await using PortalPage page = await portal.OpenAsync(address, view, host: host);
        await until(page.Page);
        await SaveAsync(page, name);
    }
}
