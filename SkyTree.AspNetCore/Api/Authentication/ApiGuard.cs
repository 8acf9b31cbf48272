using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Authentication;

/// <summary>What holds for whoever has shown who they are: a password that must be changed comes first, and a cookie alone changes nothing.</summary>
internal sealed class ApiGuard(RequestDelegate next, IAntiforgery antiforgery)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // What answers that a method or a type is not known asks for nobody.
        if (context.Features.Get<ApiSignIn>() is { } signIn && context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<IAuthorizeData>() is not null)
        {
            if (signIn.MustChangePassword && metadata.GetMetadata<BeforePasswordChange>() is null)
            {
                throw new AdminException(AdminError.Denied, "password_change_required", "Choose another password first: POST /api/v1/me/password.");
            }

            bool isSafe = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method);
            if (signIn.Way == ApiSignInWay.Cookie && !isSafe && !await antiforgery.IsRequestValidAsync(context))
            {
                throw new AdminException(AdminError.Denied, "antiforgery", "With the portal's cookie this needs the header RequestVerificationToken, which GET /api/v1/me gives.");
            }
        }

        await next(context);
    }
}

/// <summary>Marks what one may do before one has changed a password that must be.</summary>
internal sealed class BeforePasswordChange;
