using SkyTree.Core.Security;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Security;

/// <summary>Who is let in and what they may do: the chain of authenticators, in order, and the authorizer.</summary>
internal static class ClientSecurity
{
    public static IServiceCollection AddClientSecurity(this IServiceCollection services, SkyTreeOptions options)
    {
        services.AddSingleton<IAuthenticator, CertificateAuthenticator>();
        if (options.Users.Count > 0)
        {
            // Their credentials have been validated with all other options.
            services.AddSingleton(new UserDirectory(UserSnapshot.FromOptions(options.Users, "SkyTree:Users", [])!));
            services.AddSingleton(options.Passwords);
            services.AddSingleton<IAuthenticator, PasswordAuthenticator>();
            services.AddSingleton<IAuthenticationMethod, ScramSha256Method>();
        }

        // Last: it refuses whomever nobody before it has admitted.
        services.AddSingleton<IAuthenticator>(new AnonymousAuthenticator(options.AllowAnonymous, ignoreUserNames: options.Users.Count == 0));
        return services.AddSingleton<IAuthorizer, DefaultAuthorizer>();
    }
}
