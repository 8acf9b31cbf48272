using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Playwright;
using MQTTnet;
using SkyTree.Embedding.Tests.Harness;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace SkyTree.Embedding.Tests;

/// <summary>What a new user does with the packages, by the book.</summary>
public sealed partial class PackageTests(Packages packages, Browser browser) : IClassFixture<Packages>, IClassFixture<Browser>
{
    private static readonly string[] s_libraries =
        ["SkyTree.AspNetCore", "SkyTree.Bridges", "SkyTree.Cluster", "SkyTree.Core", "SkyTree.Rules", "SkyTree.Sinks", "SkyTree.Store.EF", "SkyTree.Store.Redis", "SkyTree.Store.RocksDb"];

    [Fact]
    public void Every_library_is_a_package_with_its_symbols_its_readme_and_its_documentation()
    {
        Assert.Equal(
            [.. s_libraries.Append("SkyTree.Cli").Append("SkyTree.Templates").Select(name => $"{name}.{packages.Version}.nupkg").Order(StringComparer.Ordinal)],
            Directory.EnumerateFiles(packages.Feed, "*.nupkg").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        foreach (string library in s_libraries)
        {
            using ZipArchive package = ZipFile.OpenRead(Path.Combine(packages.Feed, $"{library}.{packages.Version}.nupkg"));
            string[] files = [.. package.Entries.Select(entry => entry.FullName)];
            Assert.Contains("README.md", files);
            Assert.Contains($"lib/net10.0/{library}.dll", files);
            Assert.Contains($"lib/net10.0/{library}.xml", files);
            using Stream nuspec = package.GetEntry($"{library}.nuspec")!.Open();
            XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
            string Of(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
            Assert.NotEqual("Package Description", Of("description"));
            Assert.Equal("README.md", Of("readme"));
            Assert.Contains("mqtt", Of("tags"), StringComparison.Ordinal);
            using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(packages.Feed, $"{library}.{packages.Version}.snupkg"));
            Assert.Contains($"lib/net10.0/{library}.pdb", symbols.Entries.Select(entry => entry.FullName));
        }
    }

    [Fact]
    public async Task The_quick_start_runs_as_it_is_written()
    {
        string book = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "embedding.md"));
        string[] blocks = [.. Blocks().Matches(book[book.IndexOf("## Five minutes", StringComparison.Ordinal)..]).Select(block => block.Groups[2].Value)];
        Assert.StartsWith("dotnet new web -o Plant", blocks[0], StringComparison.Ordinal);
        await packages.RunAsync(blocks[0]);
        string folder = Path.Combine(packages.Folder, "Plant");
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), blocks[1]);
        await packages.RunAsync("dotnet build -c Release -v quiet", "Plant");
        await using (ApplicationProcess built = await StartAsync(Path.Combine(folder, "bin", "Release", "net10.0", "Plant.dll"), folder, "Development"))
        {
            await TryAsync(built);
        }

        // As it goes to a server: published, started from elsewhere.
        await packages.RunAsync("dotnet publish -c Release -v quiet -o ../published", "Plant");
        Assert.True(File.Exists(Path.Combine(packages.Folder, "published", "SkyTree.Core.xml")), "The description of the HTTP API lacks its texts.");
        string elsewhere = Directory.CreateDirectory(Path.Combine(packages.Folder, "elsewhere")).FullName;
        await using ApplicationProcess published = await StartAsync(Path.Combine(packages.Folder, "published", "Plant.dll"), elsewhere, "Production");
        await TryAsync(published);
    }

    [Theory]
    [InlineData("Greenhouse", "", HttpStatusCode.Redirect)]
    [InlineData("Cellar", "--portal false --users application --mqttPort 1999", HttpStatusCode.NotFound)]
    public async Task The_template_makes_an_application_that_runs(string name, string options, HttpStatusCode portal)
    {
        await packages.RunAsync($"dotnet new skytree -o {name} {options}");
        string folder = Path.Combine(packages.Folder, name);
        string settings = await File.ReadAllTextAsync(Path.Combine(folder, "appsettings.json"));
        Assert.Contains(options.Contains("1999", StringComparison.Ordinal) ? "\"Port\": 1999" : "\"Port\": 1883", settings, StringComparison.Ordinal);
        Assert.DoesNotContain("#if", await File.ReadAllTextAsync(Path.Combine(folder, "Program.cs")), StringComparison.Ordinal);
        await packages.RunAsync("dotnet build -c Release -v quiet -warnaserror", name);
        await using ApplicationProcess app = await StartAsync(Path.Combine(folder, "bin", "Release", "net10.0", $"{name}.dll"), folder, "Production");
        using HttpClient http = app.CreateHttp();
        Assert.Equal(portal, (await http.GetAsync("/skytree/sessions")).StatusCode);
        using IMqttClient client = await app.ConnectAsync("thermometer");
        TaskCompletionSource<string> heating = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message => Task.FromResult(heating.TrySetResult(message.ApplicationMessage.ConvertPayloadToString()));
        await client.SubscribeAsync("room/heating");
        // Its service may not have subscribed yet.
        await Deadline.HoldsAsync(async () =>
        {
            await client.PublishStringAsync("room/temperature", "17.5");
            return heating.Task.IsCompleted;
        });
        Assert.Equal("on", await heating.Task);
        Assert.Equal(0, await app.StopAsync());
    }

    private static Task<ApplicationProcess> StartAsync(string program, string folder, string environment)
    {
        ProcessStartInfo start = new("dotnet", [program]);
        start.Environment["DOTNET_ENVIRONMENT"] = environment;
        return ApplicationProcess.StartAsync(start, null, folder);
    }

    private async Task TryAsync(ApplicationProcess app)
    {
        string password = app.Output.Contains("with the password ", StringComparison.Ordinal) ? app.Output.Split("with the password ")[1].Split(' ')[0] : "";
        using IMqttClient client = await app.ConnectAsync("valve");
        TaskCompletionSource<string> position = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message => Task.FromResult(position.TrySetResult(message.ApplicationMessage.ConvertPayloadToString()));
        await client.SubscribeAsync("plant/#");
        using HttpClient http = app.CreateHttp();
        Assert.Equal("The plant.", await http.GetStringAsync("/"));
        (await http.PostAsync("/valve/open", null)).EnsureSuccessStatusCode();
        Assert.Equal("open", await position.Task.WaitAsync(Deadline.Default));
        await using WatchedPage page = await browser.OpenAsync();
        await page.Page.GotoAsync($"{app.Address}skytree");
        await page.Page.FillAsync("#name", "admin");
        await page.Page.FillAsync("#password", password);
        await page.Page.ClickAsync("button[type=submit]");
        await Expect(page.Page.Locator("#current")).ToBeVisibleAsync();
        await page.Page.FillAsync("#current", password);
        await page.Page.FillAsync("#next", "a good long password");
        await page.Page.FillAsync("#again", "a good long password");
        await page.Page.ClickAsync("button[type=submit]");
        // Drawn by the circuit, which needs the framework's script; styled, which needs the package's files.
        await Expect(page.Page.Locator(".st-nav a").First).ToBeVisibleAsync();
        Assert.StartsWith("Roboto", await page.Page.Locator("body").EvaluateAsync<string>("body => getComputedStyle(body).fontFamily.replaceAll('\"', '')"), StringComparison.Ordinal);
        Assert.Empty(page.Faults);
        Assert.Equal(0, await app.StopAsync());
    }

    [GeneratedRegex("^```(sh|csharp)[^\n]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
