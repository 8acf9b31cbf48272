using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Errors;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.AspNetCore.Embedding;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Showing who one is, and what one may do then.</summary>
internal static class LoginRoutes
{
    public static void MapLogin(this RouteGroupBuilder api)
    {
        api.MapPost("/login", LoginAsync).WithTags("Login").AllowAnonymous()
            .Documented("login", "Gives a token for a name and a password", "The token goes into the header Authorization: Bearer. It holds for SkyTree:Admin:TokenMinutes and ends with the password. Too many wrong passwords: 429 locked_out.");
        api.MapPost("/logout", LogoutAsync).WithTags("Login").BeforePasswordChange()
            .Documented("logout", "Ends the portal's sign-in in this browser", "A token is not kept by the broker: forget it. It ends by itself, and with the password.");
        api.MapGet("/me", GetMe).WithTags("Login").BeforePasswordChange()
            .Documented("getMe", "Who the caller is and what they may do", "With the portal's cookie also the antiforgery token that changing anything needs.");
        api.MapPost("/me/password", ChangePasswordAsync).WithTags("Login").BeforePasswordChange()
            .Documented("changeOwnPassword", "Changes the caller's own password", "All other sign-ins and tokens of the account end; the answer holds a new token.");
    }

    private static async Task<Results<Ok<LoginAnswer>, JsonHttpResult<ApiProblem>>> LoginAsync(
        HttpContext context, Broker broker, SignInTokens tokens, LoginRequest request, CancellationToken cancellationToken)
    {
        try
        {
            AdminSignIn signIn = await broker.Admin.Accounts.SignInAsync(request.Name, request.Password, context.CallerAddress(), cancellationToken);
            return TypedResults.Ok(Answer(signIn, tokens));
        }
        catch (AdminException exception) when (exception.Error == AdminError.Denied)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"SkyTree\"";
            return TypedResults.Json(
                ApiProblems.Of(StatusCodes.Status401Unauthorized, exception.Code, exception.Message), ApiJson.Options, "application/problem+json", StatusCodes.Status401Unauthorized);
        }
    }

    private static async Task<NoContent> LogoutAsync(HttpContext context, IAuthenticationService authentication)
    {
        // One of the application's users ends their sign-in there.
        if (context.SignIn().Way == ApiSignInWay.Cookie && context.RequestServices.GetService<ApplicationRoles>() is null)
        {
            await authentication.SignOutAsync(context, CookieAuthenticationDefaults.AuthenticationScheme, null);
        }

        return TypedResults.NoContent();
    }

    private static Ok<MeAnswer> GetMe(HttpContext context, IAntiforgery antiforgery)
    {
        ApiSignIn signIn = context.SignIn();
        string[] scopes =
        [
            .. from area in Enum.GetValues<AdminArea>()
               from access in Enum.GetValues<AdminAccess>()
               where signIn.Caller.May(area, access)
               select AdminScopes.Format(area, access),
        ];
        string? token = signIn.Way == ApiSignInWay.Cookie ? antiforgery.GetAndStoreTokens(context).RequestToken : null;
        return TypedResults.Ok(new MeAnswer(signIn.Caller.Name, signIn.Caller.Role, signIn.Way, signIn.MustChangePassword, scopes, token));
    }

    private static async Task<Ok<LoginAnswer>> ChangePasswordAsync(HttpContext context, Broker broker, SignInTokens tokens, OwnPasswordRequest request) =>
        TypedResults.Ok(Answer(await broker.Admin.Accounts.ChangeOwnPasswordAsync(context.Caller(), request.Current, request.Password), tokens));

    private static LoginAnswer Answer(AdminSignIn signIn, SignInTokens tokens)
    {
        (string token, DateTimeOffset expiresAt) = tokens.Create(signIn);
        return new LoginAnswer("Bearer", token, expiresAt, signIn.Caller.Name, signIn.Caller.Role, signIn.MustChangePassword);
    }
}

/// <summary>Who logs in.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Password">Its password.</param>
internal sealed record LoginRequest(string Name, string Password);

/// <summary>A login.</summary>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="AccessToken">What goes behind that in the header Authorization.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Name">The account's name.</param>
/// <param name="Role">What it may do at most.</param>
/// <param name="MustChangePassword">Whether a password must be chosen before anything else.</param>
internal sealed record LoginAnswer(string TokenType, string AccessToken, DateTimeOffset ExpiresAt, string Name, AdminRole Role, bool MustChangePassword);

/// <summary>Who the caller is.</summary>
/// <param name="Name">The account's name; of an API key <c>key:{id}</c>.</param>
/// <param name="Role">What they may do at most.</param>
/// <param name="Way">How they have shown who they are.</param>
/// <param name="MustChangePassword">Whether a password must be chosen before anything else.</param>
/// <param name="Scopes">What they may do, such as <c>sessions:read</c>.</param>
/// <param name="AntiforgeryToken">With the portal's cookie: for the header RequestVerificationToken.</param>
internal sealed record MeAnswer(string Name, AdminRole Role, ApiSignInWay Way, bool MustChangePassword, IReadOnlyList<string> Scopes, string? AntiforgeryToken);

/// <summary>A password that is to be changed.</summary>
/// <param name="Current">The one that holds.</param>
/// <param name="Password">The one that is wanted, at least 10 characters.</param>
internal sealed record OwnPasswordRequest(string Current, string Password);
