using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>A page of the portal in a browser of its own, and all that went wrong in it.</summary>
internal sealed class PortalPage : IAsyncDisposable
{
    /// <summary>The server may have drawn the page light before the browser said that it is dark.</summary>
    private const string ThemeIsDrawn = """
        () => {
          const drawn = getComputedStyle(document.documentElement).getPropertyValue('--mud-native-html-color-scheme').trim();
          return drawn === '' || drawn === document.documentElement.dataset.theme;
        }
        """;

    private const string Still = """
        async () => {
          const ending = document.getAnimations().filter(animation => Number.isFinite(animation.effect?.getComputedTiming().endTime));
          await Promise.all(ending.map(animation => animation.finished.catch(() => {})));
          await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        }
        """;

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Uri _origin;

    private PortalPage(IPage page, Uri origin, View view) => (Page, _origin, View) = (page, origin, view);

    public IPage Page { get; }

    public View View { get; }

    /// <summary>Errors of the console and of scripts, failed files, and requests that would leave the machine.</summary>
    public IReadOnlyList<string> Faults => [.. _faults];

    public static async Task<PortalPage> OpenAsync(IBrowserContext context, Uri origin, View view)
    {
        context.SetDefaultTimeout((float)Deadline.Default.TotalMilliseconds);
        await context.AddInitScriptAsync(scriptPath: Accessibility.ScriptPath);
        IPage page = await context.NewPageAsync();
        var opened = new PortalPage(page, origin, view);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened._faults.Enqueue($"console {message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => opened._faults.Enqueue($"script: {error}");
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out Uri? url) && url.Scheme is not ("data" or "blob" or "about") && url.Authority != origin.Authority)
            {
                opened._faults.Enqueue($"leaves the machine: {request.Url}");
            }
        };
        return opened;
    }

    /// <summary>Goes to an address below the site's root and waits until the page is drawn.</summary>
    public async Task GoToAsync(string address)
    {
        await Page.GotoAsync(new Uri(_origin, address).AbsoluteUri);
        await SettleAsync();
    }

    /// <summary>Looks at nothing for now. A page whose broker is started again loads itself anew, when nobody can say: that would end another navigation.</summary>
    public Task LeaveAsync() => Page.GotoAsync("about:blank");

    /// <summary>Waits until the address has this in it. It asks again and again: a wait for the event of it misses one that comes just then.</summary>
    /// <param name="pattern">A regular expression.</param>
    public Task ReachesAsync(string pattern) => Assertions.Expect(Page).ToHaveURLAsync(new Regex(pattern));

    /// <summary>Waits until the page has its title and loads nothing more.</summary>
    public async Task SettleAsync()
    {
        await Page.Locator("h1, .st-state h2").First.WaitForAsync();
        await Assertions.Expect(Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
        await Page.EvaluateAsync("() => document.fonts.ready.then(() => true)");
        await Page.WaitForFunctionAsync(ThemeIsDrawn);
        await StillAsync();
    }

    /// <summary>Fills in the sign-in page and sends it.</summary>
    public async Task SignInAsync(string name, string password = PortalHost.Password, string to = "/")
    {
        await Page.GotoAsync(new Uri(_origin, "login?to=" + Uri.EscapeDataString(to)).AbsoluteUri);
        await Page.FillAsync("#name", name);
        await Page.FillAsync("#password", password);
        await Page.ClickAsync("button[type=submit]");
        await Assertions.Expect(Page).Not.ToHaveURLAsync(new Regex("/login"));
        await SettleAsync();
    }

    /// <summary>Fails if anything went wrong in this page so far.</summary>
    public void AssertNoFaults() => Assert.Empty(Faults);

    /// <summary>Fails if part of the page cannot be used without a mouse, without ears or eyes, or is hard to read.</summary>
    public async Task AssertAccessibleAsync()
    {
        await StillAsync();
        Assert.Empty(await Accessibility.FindAsync(Page));
    }

    /// <summary>Fails if the page is wider than its window.</summary>
    public async Task AssertFitsAsync()
    {
        int over = await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(over <= 0, $"The page is {over} pixels wider than its window.");
    }

    /// <summary>Keeps a picture in <c>TestResults/portal</c>, for people to look at.</summary>
    public async Task PictureAsync(string name)
    {
        string folder = Path.Combine(Repository.Root, "TestResults", "portal");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(folder, $"{name}-{View}.png".ToLowerInvariant()),
            FullPage = true,
            Animations = ScreenshotAnimations.Disabled,
        });
    }

    /// <summary>Forgets what went wrong, when a test has made it go wrong.</summary>
    public void ForgetFaults() => _faults.Clear();

    /// <summary>Waits until nothing moves: a colour that fades in has too little contrast on its way.</summary>
    private async Task StillAsync() => await Page.EvaluateAsync(Still);

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();
}
