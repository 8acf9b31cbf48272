using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>What whole pages need to be drawn without a browser: a real broker, and somebody with a role who has signed in.</summary>
internal sealed class PageContext : BunitContext
{
    private PageContext(PortalHost host, AdminSignIn signIn)
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddLocalization();
        Services.AddMudServices(mud => mud.PopoverOptions.CheckForPopoverProvider = false);
        Services.AddFallbackServiceProvider(host.Services);
        Services.AddScoped<Browser>();
        SignedIn state = new(signIn);
        Services.AddScoped<AuthenticationStateProvider>(_ => state);
        Services.AddScoped(_ => new PortalUser(state, host.Broker));
    }

    /// <summary>As somebody who has just signed in with an account of that role.</summary>
    public static async Task<PageContext> OfAsync(PortalHost host, AdminRole role)
    {
        string name = $"page-{role}".ToLowerInvariant() + "-" + Guid.NewGuid().ToString("N")[..8];
        await host.AddAccountAsync(name, role);
        return new PageContext(host, await host.Admin.Accounts.SignInAsync(name, PortalHost.Password, "127.0.0.1", CancellationToken.None));
    }

    /// <summary>Draws a page at an address, whose parts it reads.</summary>
    /// <param name="page">The page.</param>
    /// <param name="address">Below the site's root.</param>
    public IRenderedComponent<IComponent> Draw(Type page, string address = "")
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return Render<IComponent>(builder =>
        {
            builder.OpenComponent(0, page);
            builder.CloseComponent();
        });
    }

    private sealed class SignedIn(AdminSignIn signIn) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(PortalClaims.Principal(signIn)));
    }
}
