using Microsoft.AspNetCore.Authentication;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.AspNetCore.Security;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>Lets the application's users in, in place of accounts of the broker.</summary>
internal static class ApplicationSignIn
{
    private static readonly PathString[] s_accountPages = ["/login", "/password", "/profile"];

    /// <summary>Replaces the sign-in. After the parts of the broker.</summary>
    public static void AddApplicationUsers(this IServiceCollection services, ApplicationRoles roles)
    {
        services.AddSingleton(roles);
        services.AddAuthentication(ApplicationAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApplicationAuthentication>(ApplicationAuthentication.SchemeName, null);
        services.Remove(services.Single(service => service.ImplementationType == typeof(FirstAccount)));
    }

    /// <summary>Pages that are about accounts lead to the application's sign-in, or back. Before the pages.</summary>
    public static void UseApplicationUsers(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (!s_accountPages.Any(page => context.Request.Path.StartsWithSegments(page)))
        {
            await next(context);
            return;
        }

        string to = ReturnAddress.Of(context.Request.Query["to"], context.Request.PathBase);
        if ((await context.AuthenticateAsync()).Succeeded)
        {
            context.Response.Redirect(to);
        }
        else
        {
            await context.ChallengeAsync(new AuthenticationProperties { RedirectUri = to });
        }
    });
}
