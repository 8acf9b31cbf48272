using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Which answers are shown as pages, and how.</summary>
internal static class PageStatus
{
    public static Task ShowAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            // The page that says what became of a form is no form: sent to it, a form without its token would fail once more.
            context.Request.Method = HttpMethods.Get;
            context.Features.Set<IAntiforgeryValidationFeature>(null);
        }
        else if (context.Request.Path.StartsWithSegments("/_blazor") && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
        {
            pages.Enabled = false; // read by a script
        }

        return next(context);
    }
}
