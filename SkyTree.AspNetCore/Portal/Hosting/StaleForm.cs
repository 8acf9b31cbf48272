using Microsoft.AspNetCore.Antiforgery;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Refuses forms that no page of this browser was given, with the page that says so; the framework's own answer is empty.</summary>
internal static class StaleForm
{
    public static Task RefuseAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false })
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}
