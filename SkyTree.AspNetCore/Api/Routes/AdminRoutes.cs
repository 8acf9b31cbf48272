using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Accounts of people who use the portal and the API.</summary>
internal static class AdminRoutes
{
    public static void MapAdmins(this RouteGroupBuilder api)
    {
        RouteGroupBuilder admins = api.MapGroup("/admins").WithTags("Admins");
        admins.MapGet("", List).Needs(AdminArea.Admins, AdminAccess.Read).Documented("listAdmins", "Lists admin accounts by name");
        admins.MapPost("", CreateAsync).Needs(AdminArea.Admins, AdminAccess.Write)
            .Documented("createAdmin", "Makes an admin account", "Unless mustChangePassword is false, another password must be chosen at the first login.");
        admins.MapGet("/{name}", Get).Needs(AdminArea.Admins, AdminAccess.Read).Documented("getAdmin", "One admin account");
        admins.MapPatch("/{name}", ChangeAsync).Versioned().Needs(AdminArea.Admins, AdminAccess.Write)
            .Documented("changeAdmin", "Changes an account's role, or keeps it out", "With If-Match only if nobody has changed it since. The last enabled administrator is neither demoted nor disabled.");
        admins.MapDelete("/{name}", DeleteAsync).Versioned().Needs(AdminArea.Admins, AdminAccess.Write)
            .Documented("deleteAdmin", "Removes an admin account", "Not the last enabled administrator.");
        admins.MapPut("/{name}/password", SetPasswordAsync).Needs(AdminArea.Admins, AdminAccess.Write)
            .Documented("setAdminPassword", "Sets another account's password");
    }

    private static Ok<Page<AdminAccount>> List(HttpContext context, Broker broker, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(broker.Admin.Accounts.List(context.Caller(), cursor, limit));

    private static Ok<AdminAccount> Get(HttpContext context, Broker broker, string name) => Answer(context, broker.Admin.Accounts.Get(context.Caller(), context.PathText(nameof(name))));

    private static async Task<Created<AdminAccount>> CreateAsync(HttpContext context, Broker broker, CreateAdminRequest request)
    {
        AdminAccount account = await broker.Admin.Accounts.CreateAsync(context.Caller(), request.Name, request.Role, request.Password, request.MustChangePassword);
        context.SetVersion(account.Version);
        return TypedResults.Created($"/api/v1/admins/{Uri.EscapeDataString(account.Name)}", account);
    }

    private static async Task<Ok<AdminAccount>> ChangeAsync(HttpContext context, Broker broker, string name, ChangeAdminRequest request) => Answer(
        context,
        await broker.Admin.Accounts.ChangeAsync(context.Caller(), context.PathText(nameof(name)), request.Role, request.IsDisabled, context.ExpectedVersion()));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string name)
    {
        await broker.Admin.Accounts.DeleteAsync(context.Caller(), context.PathText(nameof(name)), context.ExpectedVersion());
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetPasswordAsync(HttpContext context, Broker broker, string name, SetAdminPasswordRequest request)
    {
        await broker.Admin.Accounts.SetPasswordAsync(context.Caller(), context.PathText(nameof(name)), request.Password, request.MustChangePassword);
        return TypedResults.NoContent();
    }

    private static Ok<AdminAccount> Answer(HttpContext context, AdminAccount account)
    {
        context.SetVersion(account.Version);
        return TypedResults.Ok(account);
    }
}

/// <summary>An account that is to be made.</summary>
/// <param name="Name">1 to 64 letters, digits and <c>. _ @ + -</c>.</param>
/// <param name="Role">viewer, operator or administrator.</param>
/// <param name="Password">At least 10 characters.</param>
/// <param name="MustChangePassword">Whether another one must be chosen at the first login.</param>
internal sealed record CreateAdminRequest(string Name, AdminRole Role, string Password, bool MustChangePassword = true);

/// <summary>A change of an account; what is absent stays.</summary>
/// <param name="Role">viewer, operator or administrator.</param>
/// <param name="IsDisabled">Whether it is kept out.</param>
internal sealed record ChangeAdminRequest(AdminRole? Role = null, bool? IsDisabled = null);

/// <summary>A password for another account.</summary>
/// <param name="Password">At least 10 characters.</param>
/// <param name="MustChangePassword">Whether another one must be chosen at the next login.</param>
internal sealed record SetAdminPasswordRequest(string Password, bool MustChangePassword = true);
