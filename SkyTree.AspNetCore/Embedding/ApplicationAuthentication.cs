using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>Who looks at the portal is who has signed in to the application; who has not is led to its own sign-in.</summary>
internal sealed class ApplicationAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApplicationRoles roles)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "Application";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        ApplicationIdentity.Of(Context, roles.Of) is { } identity
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName))
            : AuthenticateResult.NoResult());

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // Scripts do not follow a way to sign in.
        if (!Request.Path.StartsWithSegments("/_blazor")
            && Context.Features.Get<ForwardedRequest>()?.Application is { } application
            && application.RequestServices.GetService<IAuthenticationSchemeProvider>() is { } schemes
            && await schemes.GetDefaultChallengeSchemeAsync() is not null)
        {
            await application.ChallengeAsync(properties);
            return;
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
    }
}
