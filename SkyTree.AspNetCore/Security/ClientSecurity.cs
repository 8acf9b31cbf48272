using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Security.Http;
using SkyTree.AspNetCore.Security.Jwt;
using SkyTree.AspNetCore.Security.Sql;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Security;

/// <summary>Who is let in and what they may do: the chain of authenticators, in order, and the authorizer.</summary>
internal static class ClientSecurity
{
    public static IServiceCollection AddClientSecurity(this IServiceCollection services, SkyTreeOptions options)
    {
        // Their credentials have been validated with all other options.
        UserSnapshot configured = UserSnapshot.FromOptions(options.Users, "SkyTree:Users", [])!;
        BrokerSecurity security = new() { Admin = options.Admin, Passwords = options.Passwords, Access = options.Access, ConfiguredUsers = configured };
        UserDirectory users = new(configured, security.Registry);
        services.AddSingleton(security);
        services.AddSingleton(users);
        services.AddSingleton(options.Passwords);
        services.AddSingleton(options.Authentication.Jwt).AddSingleton(options.Authentication.Sql).AddSingleton(options.Authentication.Http);
        foreach (AuthenticationBackend backend in options.Authentication.Backends())
        {
            _ = backend switch
            {
                AuthenticationBackend.Certificate => services.AddSingleton<IAuthenticator, CertificateAuthenticator>(),
                AuthenticationBackend.Jwt => services.AddSingleton<JwtAuthenticator>().AddSingleton<IAuthenticator>(provider => provider.GetRequiredService<JwtAuthenticator>())
                    .AddSingleton<IAuthenticationMethod, JwtMethod>(),
                AuthenticationBackend.Sql => services.AddSingleton<IAuthenticator, SqlAuthenticator>(),
                AuthenticationBackend.Http => services.AddSingleton<IAuthenticator, HttpAuthenticator>(),
                _ => services.AddSingleton<IAuthenticator, PasswordAuthenticator>(),
            };
        }

        services.AddSingleton<IAuthenticationMethod, ScramSha256Method>();

        // Where users may be known elsewhere, a name that nobody has confirmed is wrong.
        bool elsewhere = options.Authentication.Backends().Any(backend => backend is not (AuthenticationBackend.Certificate or AuthenticationBackend.BuiltIn));

        // Last: it refuses whomever nobody before it has admitted.
        services.AddSingleton<IAuthenticator>(new AnonymousAuthenticator(() => options.AllowAnonymous, () => !elsewhere && users.IsEmpty));
        return services.AddSingleton<IAuthorizer, RuleAuthorizer>();
    }
}
