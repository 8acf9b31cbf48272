using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using SkyTree.Core;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>The cookie of a sign-in. What it says is looked up again with each request: an account that was disabled is out at once.</summary>
internal static class PortalCookie
{
    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.LoginPath = "/login";
        options.ReturnUrlParameter = "to";
        options.ExpireTimeSpan = TimeSpan.FromHours(12);
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = ValidateAsync;
        // The page that says so is shown in place of the one that was asked for.
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
        Func<RedirectContext<CookieAuthenticationOptions>, Task> toLogin = options.Events.OnRedirectToLogin;
        options.Events.OnRedirectToLogin = context =>
        {
            if (context.Request.Path.StartsWithSegments("/_blazor"))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            }

            return toLogin(context);
        };
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        AdminAccounts accounts = context.HttpContext.RequestServices.GetRequiredService<Broker>().Admin.Accounts;
        if (context.Principal is { } user && accounts.Resume(user, context.HttpContext.RemoteAddress()) is { } signIn)
        {
            context.ReplacePrincipal(PortalClaims.Principal(signIn));
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync();
    }
}
