using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Who is kept out.</summary>
internal static class BanRoutes
{
    public static void MapBans(this RouteGroupBuilder api)
    {
        RouteGroupBuilder bans = api.MapGroup("/bans").WithTags("Bans");
        bans.MapGet("", List).Needs(AdminArea.Bans, AdminAccess.Read).Documented("listBans", "Lists bans by identifier", "contains: what the client, the user or the address contains.");
        bans.MapPost("", CreateAsync).Needs(AdminArea.Bans, AdminAccess.Write)
            .Documented("createBan", "Keeps somebody out", "By client identifier, user name (both may hold *), address or network; who is connected is sent away.");
        bans.MapGet("/{id}", Get).Needs(AdminArea.Bans, AdminAccess.Read).Documented("getBan", "One ban");
        bans.MapPut("/{id}", ChangeAsync).Versioned().Needs(AdminArea.Bans, AdminAccess.Write)
            .Documented("changeBan", "Changes whom a ban keeps out, why and for how long", "With If-Match only if nobody has changed it since. Who fits it now is sent away.");
        bans.MapDelete("/{id}", DeleteAsync).Versioned().Needs(AdminArea.Bans, AdminAccess.Write).Documented("deleteBan", "Lets somebody in again");
    }

    private static Ok<Page<Ban>> List(HttpContext context, Broker broker, string? contains = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(broker.Admin.Bans.List(context.Caller(), contains, cursor, limit));

    private static Ok<Ban> Get(HttpContext context, Broker broker, string id) => Answer(context, broker.Admin.Bans.Get(context.Caller(), context.PathText(nameof(id))));

    private static async Task<Created<Ban>> CreateAsync(HttpContext context, Broker broker, CreateBanRequest request)
    {
        Ban ban = await broker.Admin.Bans.CreateAsync(context.Caller(), request.ClientId, request.UserName, request.Address, request.Reason, request.ExpiresAt);
        context.SetVersion(ban.Version);
        return TypedResults.Created($"/api/v1/bans/{Uri.EscapeDataString(ban.Id)}", ban);
    }

    private static async Task<Ok<Ban>> ChangeAsync(HttpContext context, Broker broker, string id, CreateBanRequest request) => Answer(
        context,
        await broker.Admin.Bans.ChangeAsync(
            context.Caller(), context.PathText(nameof(id)), request.ClientId, request.UserName, request.Address, request.Reason, request.ExpiresAt, context.ExpectedVersion()));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string id)
    {
        await broker.Admin.Bans.DeleteAsync(context.Caller(), context.PathText(nameof(id)), context.ExpectedVersion());
        return TypedResults.NoContent();
    }

    private static Ok<Ban> Answer(HttpContext context, Ban ban)
    {
        context.SetVersion(ban.Version);
        return TypedResults.Ok(ban);
    }
}

/// <summary>Somebody who is to be kept out: whoever fits all that is set.</summary>
/// <param name="ClientId">A client identifier, in which * stands for anything.</param>
/// <param name="UserName">A user name, in which * stands for anything.</param>
/// <param name="Address">An address or a network such as 10.0.0.0/8.</param>
/// <param name="Reason">Why, at most 1,024 characters.</param>
/// <param name="ExpiresAt">When it ends; absent: never.</param>
internal sealed record CreateBanRequest(string? ClientId = null, string? UserName = null, string? Address = null, string Reason = "", DateTimeOffset? ExpiresAt = null);
