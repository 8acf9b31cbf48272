using Microsoft.AspNetCore.Components.Endpoints;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Who must choose a password is led to that page, whatever they ask for.</summary>
internal sealed class PasswordChange(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!context.User.MustChangePassword() || IsAllowed(context))
        {
            return next(context);
        }

        if (HttpMethods.IsGet(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
        {
            context.Response.Redirect(context.Request.PathBase.Add("/password"));
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }

        return Task.CompletedTask;
    }

    // Files, health, sign-in and the like need no account at all.
    private static bool IsAllowed(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/password")
        || context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>() is null
        || context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAllowAnonymous>() is not null
        || context.Request.Path == SignOut.Path;
}
