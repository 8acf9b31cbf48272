using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.Extensions.Options;
using MudBlazor;
using MudBlazor.Services;
using SkyTree.AspNetCore.Api;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>The pages that people look at and act with.</summary>
internal static class PortalHosting
{
    /// <summary>The most bytes that a page sends at once: what is typed into a field reaches the server in one message of the circuit.</summary>
    public const int LargestMessage = 4 * 1024 * 1024;

    /// <summary>What the pages need. After the broker: the keys of cookies lie in its registry.</summary>
    public static WebApplicationBuilder AddPortal(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseStaticWebAssets();
        // It warns of each key that was sealed elsewhere, as after a restore; then a new one is made.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);

        IServiceCollection services = builder.Services;
        services.AddSingleton<IKeyManager, ReplicatedKeyManager>();
        services.AddDataProtection().SetApplicationName("SkyTree");
        services.AddSingleton<KeySeal>();
        services.AddOptions<KeyManagementOptions>().Configure<Broker, KeySeal>((keys, broker, seal) =>
        {
            keys.XmlRepository = new ReplicatedKeys(broker);
            keys.XmlEncryptor = seal.IsSealing ? new SealedKeyEncryptor(seal) : null;
        });
        // It would make a key before the broker's registry is there.
        services.Remove(services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService"));

        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(PortalCookie.Configure);
        // Ports do not keep cookies apart: several brokers of one host would sign people out of each other.
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure<KeySeal>((cookie, seal) => cookie.Cookie.Name = $"skytree-{seal.Name}");
        services.AddOptions<AntiforgeryOptions>().Configure<KeySeal>((antiforgery, seal) => antiforgery.Cookie.Name = $"skytree-form-{seal.Name}");
        services.AddAuthorization(authorization =>
        {
            foreach (AdminArea area in Enum.GetValues<AdminArea>())
            {
                authorization.AddPolicy(SeesAttribute.PolicyOf(area), policy => policy.RequireAssertion(context => SeesAttribute.Allows(context.User, area)));
            }
        });
        services.AddAntiforgery(antiforgery => antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        services.AddLocalization();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = 50)
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LargestMessage);
        services.AddCascadingAuthenticationState();
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.PreventDuplicates = true;
            mud.SnackbarConfiguration.VisibleStateDuration = 6000;
        });
        services
            .AddSingleton<PortalPulse>()
            .AddHostedService<PulseStart>()
            .AddSingleton<NodeIdentity>()
            .AddScoped<AuthenticationStateProvider, PortalAuthenticationStateProvider>()
            .AddScoped<CircuitHandler, SignInWatch>()
            .AddScoped<PortalUser>()
            .AddScoped<Browser>();
        return builder;
    }

    /// <summary>The pages' files, and whoever asks for anything else of theirs must have signed in.</summary>
    public static WebApplication MapPortal(this WebApplication app)
    {
        app.MapPageFiles();
        app.MapSignOut();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(server =>
            {
                server.ContentSecurityFrameAncestorsPolicy = null; // PageHeaders says it
                server.DisableWebSocketCompression = false;
            })
            .RequireAuthorization();
        return app;
    }

    /// <summary>What happens to a page's request before it is routed.</summary>
    public static WebApplication UsePortalPages(this WebApplication app)
    {
        app.UseWhen(IsPage, pages =>
        {
            pages.Use(PageHeaders.AddAsync);
            pages.UseExceptionHandler("/status/500", createScopeForErrors: true);
            pages.UseStatusCodePagesWithReExecute("/status/{0}");
            pages.Use(PageStatus.ShowAsync);
        });
        return app;
    }

    /// <summary>Who asks, and whether that may. After routing.</summary>
    public static WebApplication UsePortalSignIn(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<PasswordChange>();
        app.UseAntiforgery();
        app.Use(StaleForm.RefuseAsync);
        return app;
    }

    private static bool IsPage(HttpContext context) => !ApiHosting.IsApi(context) && !context.Request.Path.StartsWithSegments("/health");
}
