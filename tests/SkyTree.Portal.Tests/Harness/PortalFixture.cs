using Microsoft.Playwright;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(PortalFixture))]

namespace SkyTree.Portal.Tests.Harness;

/// <summary>One broker with its portal, and Debian's Chromium, for all tests. What a test makes in the broker bears names of its own.</summary>
public sealed class PortalFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private PortalHost? _host;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    internal PortalHost Host => _host!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout((float)Deadline.Default.TotalMilliseconds);
        _host = await PortalHost.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }

    /// <summary>Opens a page in a browser of its own, signed in with a role, and waits until it is drawn.</summary>
    /// <param name="address">Below the site's root: <c>sessions?state=connected</c>.</param>
    internal async Task<PortalPage> OpenAsync(string address, View view = View.Light, AdminRole role = AdminRole.Administrator, PortalHost? host = null)
    {
        PortalHost at = host ?? Host;
        string state = await at.SignIns.GetOrAdd(role, _ => SignInAsync(at, role));
        PortalPage page = await NewPageAsync(at, view, state);
        await page.GoToAsync(address);
        Assert.DoesNotContain("/login", page.Page.Url);
        return page;
    }

    /// <summary>A browser that nobody has signed in with.</summary>
    internal Task<PortalPage> NewPageAsync(PortalHost? host = null, View view = View.Light) => NewPageAsync(host ?? Host, view, null);

    /// <summary>The same of a program that runs elsewhere.</summary>
    internal Task<PortalPage> NewPageAsync(Uri address, View view = View.Light) => NewPageAsync(address, view, null);

    private Task<PortalPage> NewPageAsync(PortalHost host, View view, string? state) => NewPageAsync(host.Address, view, state);

    private async Task<PortalPage> NewPageAsync(Uri address, View view, string? state)
    {
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.AbsoluteUri,
            ColorScheme = view == View.Dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = view == View.Phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 860 },
            HasTouch = view == View.Phone,
            ReducedMotion = ReducedMotion.Reduce,
            StorageState = state,
        });
        return await PortalPage.OpenAsync(context, address, view);
    }

    private async Task<string> SignInAsync(PortalHost host, AdminRole role)
    {
        string name = "admin";
        if (role != AdminRole.Administrator)
        {
            name = $"test-{role}".ToLowerInvariant();
            await host.AddAccountAsync(name, role);
        }

        await using PortalPage page = await NewPageAsync(host, View.Light, null);
        await page.SignInAsync(name);
        return await page.Page.Context.StorageStateAsync();
    }
}
