using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using SkyTree.AspNetCore.Api.Errors;
using SkyTree.AspNetCore.Embedding;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Authentication;

/// <summary>
/// Finds out who a request is from: name and password or an API key by Basic, an API key or a token by Bearer, else the
/// portal's cookie. Who it is not is answered as a problem.
/// </summary>
internal sealed class ApiAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Broker broker, SignInTokens tokens, IAuthenticationSchemeProvider schemes,
    ApplicationRoles? roles = null)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "Api";

    /// <summary>The policy of whatever needs a caller.</summary>
    public const string Policy = "api";

    private const string Basic = "Basic ";
    private const string Bearer = "Bearer ";
    private const int LongestHeader = 8192;
    private const int KeyIdLength = 12;
    private const string StampClaim = "stamp";

    /// <summary>Who a cookie's principal is now.</summary>
    public static AdminSignIn? Resume(AdminAccounts accounts, ClaimsPrincipal user, string? address) =>
        user is { Identity: { IsAuthenticated: true, Name: { } name } } && user.FindFirstValue(StampClaim) is { } stamp ? accounts.Resume(name, stamp, address) : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        try
        {
            ApiSignIn? signIn = ReadApplication() ?? Request.Headers.Authorization.Count switch
            {
                0 => await ReadCookieAsync(),
                1 => await ReadHeaderAsync(Request.Headers.Authorization.ToString()),
                _ => throw Wrong("There are several Authorization headers."),
            };
            if (signIn is null)
            {
                return AuthenticateResult.NoResult();
            }

            Context.Features.Set(signIn);
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, signIn.Caller.Name), new Claim(ClaimTypes.Role, signIn.Caller.Role.ToString())], SchemeName);
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
        }
        catch (AdminException exception)
        {
            return AuthenticateResult.Fail(exception);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure as AdminException;
        if (failure is { Error: AdminError.LimitExceeded or AdminError.Unavailable })
        {
            await ApiProblems.WriteAsync(Context, ApiProblems.Of(failure));
            return;
        }

        bool isBearer = Request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);
        Response.Headers.WWWAuthenticate = new[] { isBearer ? "Bearer realm=\"SkyTree\", error=\"invalid_token\"" : "Bearer realm=\"SkyTree\"", "Basic realm=\"SkyTree\", charset=\"UTF-8\"" };
        await ApiProblems.WriteAsync(Context, failure is null
            ? ApiProblems.Of(StatusCodes.Status401Unauthorized, "not_signed_in", "Show who you are: a name and password or an API key by Basic, or an API key or token by Bearer.")
            : ApiProblems.Of(StatusCodes.Status401Unauthorized, failure.Code, failure.Message));
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ApiProblems.WriteAsync(
        Context, ApiProblems.Of(StatusCodes.Status403Forbidden, "denied", $"{Context.Caller().Name} may not see this."));

    // Who has shown the application a token sends it on purpose; a cookie comes along with whatever any page makes a browser send.
    private ApiSignIn? ReadApplication() => roles is not null && ApplicationIdentity.Of(Context, roles.Of) is { } user
        ? new ApiSignIn(
            user.SignIn.Caller,
            Request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? ApiSignInWay.Token : ApiSignInWay.Cookie,
            MustChangePassword: false,
            () => user.SignIn.Caller)
        : null;

    private async Task<ApiSignIn?> ReadHeaderAsync(string header)
    {
        if (header.Length > LongestHeader)
        {
            throw Wrong("The Authorization header is too long.");
        }

        string? address = Context.CallerAddress();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            string token = header[Bearer.Length..].Trim();
            if (token.Contains('.', StringComparison.Ordinal))
            {
                return ByKey(token, address);
            }

            return tokens.Resume(token, address) is { } resumed
                ? new ApiSignIn(resumed.Caller, ApiSignInWay.Token, resumed.MustChangePassword, () => tokens.Resume(token, address)?.Caller)
                : throw Wrong("The token is none, or has expired; log in again.");
        }

        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong("The Authorization header is neither Basic nor Bearer.");
        }

        (string name, string secret) = ReadBasic(header[Basic.Length..].Trim());
        if (IsKey(name))
        {
            return ByKey($"{name}.{secret}", address);
        }

        AdminSignIn signIn = await broker.Admin.Accounts.SignInAsync(name, secret, address, Context.RequestAborted);
        return new ApiSignIn(signIn.Caller, ApiSignInWay.Password, signIn.MustChangePassword, () => broker.Admin.Accounts.Resume(name, signIn.Stamp, address)?.Caller);
    }

    private ApiSignIn ByKey(string token, string? address) =>
        new(broker.Admin.ApiKeys.Authenticate(token, address), ApiSignInWay.ApiKey, MustChangePassword: false, () => broker.Admin.ApiKeys.Resume(token, address));

    private async Task<ApiSignIn?> ReadCookieAsync()
    {
        if (roles is not null || await schemes.GetSchemeAsync(CookieAuthenticationDefaults.AuthenticationScheme) is null)
        {
            return null;
        }

        AuthenticateResult result = await Context.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        string? address = Context.CallerAddress();
        return result.Principal is { } user && Resume(broker.Admin.Accounts, user, address) is { } signIn
            ? new ApiSignIn(signIn.Caller, ApiSignInWay.Cookie, signIn.MustChangePassword, () => Resume(broker.Admin.Accounts, user, address)?.Caller)
            : null;
    }

    // Identifiers of keys are no secret; an account may have a name that looks like one.
    private bool IsKey(string name)
    {
        if (name.Length != KeyIdLength)
        {
            return false;
        }

        try
        {
            broker.Admin.ApiKeys.Get(Core.Admin.Caller.Console, name);
            return true;
        }
        catch (AdminException)
        {
            return false;
        }
    }

    private static (string Name, string Secret) ReadBasic(string encoded)
    {
        byte[] bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out int length))
        {
            throw Wrong("What follows Basic is no Base64.");
        }

        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 ? (text[..colon], text[(colon + 1)..]) : throw Wrong("What follows Basic is not name:password.");
    }

    private static AdminException Wrong(string message) => new(AdminError.Denied, "bad_credentials", message);
}
