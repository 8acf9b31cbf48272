using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace SkyTree.Interop.Tests.Browser;

/// <summary>Debian's Chromium, and a web server for a folder that looks as the README makes it: pages beside node_modules.</summary>
public sealed partial class BrowserFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-browser-").FullName;
    private ChildProcess? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private Uri? _origin;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "node_modules"), Path.Combine(Repository.Root, "tests", "interop-js", "node_modules"));
        _origin = await ServeAsync();
        _playwright = await Playwright.CreateAsync();
        // The tests' authority is none that Chromium knows.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--ignore-certificate-errors"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Serves the HTML and opens it. What the page writes to its console is added to the lines.</summary>
    internal async Task<IPage> OpenAsync(string html, ICollection<string> console)
    {
        string name = $"{Guid.NewGuid():N}.html";
        await File.WriteAllTextAsync(Path.Combine(_folder, name), html);
        IPage page = await _browser!.NewPageAsync();
        page.SetDefaultTimeout((float)Deadline.Step.TotalMilliseconds);
        page.Console += (_, message) => console.Add(message.Text);
        page.PageError += (_, error) => console.Add(error);
        await page.GotoAsync(new Uri(_origin!, name).AbsoluteUri);
        return page;
    }

    /// <summary>Python's web server, as in the README, on a free port.</summary>
    private async Task<Uri> ServeAsync()
    {
        var origin = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server = ChildProcess.Start(
            "/usr/bin/python3",
            ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
            line =>
            {
                if (Port().Match(line) is { Success: true } match)
                {
                    origin.TrySetResult(new Uri($"http://localhost:{match.Groups[1].Value}/"));
                }
            },
            _folder);
        return await origin.Task.WaitAsync(Deadline.Step);
    }

    [GeneratedRegex(@"^Serving HTTP on \S+ port (\d+)")]
    private static partial Regex Port();
}
