using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Ends a sign-in in this browser.</summary>
internal static class SignOut
{
    public const string Path = "/logout";

    public static void MapSignOut(this WebApplication app) => app.MapPost(Path, async (HttpContext context, IAntiforgery antiforgery) =>
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Results.BadRequest();
        }

        await context.SignOutAsync();
        return Results.LocalRedirect("~/login");
    }).RequireAuthorization();
}
