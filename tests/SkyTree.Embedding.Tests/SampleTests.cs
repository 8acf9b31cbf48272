using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MQTTnet;
using SkyTree.Embedding.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Embedding.Tests;

/// <summary>The samples run.</summary>
public sealed class SampleTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task The_plants_page_shows_machines_as_they_report()
    {
        await using ApplicationProcess app = await ApplicationProcess.StartAsync(Repository.Program("samples/PlantDashboard"), $"contentRoot={Path.Combine(Repository.Root, "samples", "PlantDashboard")}");
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(app.Address.AbsoluteUri);
        await Expect(page.Page.Locator("tr", new() { HasText = "press" })).ToContainTextAsync("°C");
        using IMqttClient oven = await app.ConnectAsync("oven");
        await oven.PublishStringAsync("plant/oven/temperature", "95.5", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce);
        await Expect(page.Page.Locator("tr", new() { HasText = "oven" })).ToContainTextAsync("hot");
        Assert.Empty(page.Faults);
        using HttpClient http = app.CreateHttp();
        await Deadline.HoldsAsync(async () => (await http.GetFromJsonAsync<JsonObject>("/machines"))!["oven"]?["temperature"]?.GetValue<string>() == "95.5");
        Assert.Equal("ready\n", await http.GetStringAsync("/skytree/health/ready"));
        await page.DisposeAsync();
        Assert.Equal(0, await app.StopAsync());
        Assert.DoesNotContain("fail:", app.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", app.Output, StringComparison.Ordinal);
    }
}
