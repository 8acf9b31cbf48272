using SkyTree.Core.Security;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Security;

/// <summary>Who is let in and what they may do: the chain of authenticators, in order, and the authorizer.</summary>
internal static class ClientSecurity
{
    public static IServiceCollection AddClientSecurity(this IServiceCollection services, SkyTreeOptions options)
        => services
            .AddSingleton<IAuthenticator, CertificateAuthenticator>()
            .AddSingleton<IAuthenticator>(new AnonymousAuthenticator(options.AllowAnonymous))
            .AddSingleton<IAuthorizer, OpenAuthorizer>();
}
