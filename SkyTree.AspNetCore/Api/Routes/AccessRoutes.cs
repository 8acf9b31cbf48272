using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Rules of who may do what with which topics.</summary>
internal static class AccessRoutes
{
    public static void MapAccess(this RouteGroupBuilder api)
    {
        RouteGroupBuilder acl = api.MapGroup("/acl").WithTags("Access rules");
        acl.MapGet("", List).Needs(AdminArea.Acl, AdminAccess.Read)
            .Documented("listRules", "All rules in the order in which they are asked", "The ETag is that of all rules together, for replacing them.");
        acl.MapPost("", CreateAsync).Needs(AdminArea.Acl, AdminAccess.Write)
            .Documented("createRule", "Makes a rule", "Without an order it comes behind all others. It counts from the next publish and subscription on.");
        acl.MapPut("", ReplaceAsync).Versioned().Needs(AdminArea.Acl, AdminAccess.Write)
            .Documented("replaceRules", "Replaces all rules at once", "At most 1,000. With If-Match only if nobody has changed any since.");
        acl.MapPost("/test", Test).Needs(AdminArea.Acl, AdminAccess.Read)
            .Documented("testRules", "What would be decided if a client did something, and by which rule", "The client need not be there. To look is enough.");
        acl.MapGet("/{id}", Get).Needs(AdminArea.Acl, AdminAccess.Read).Documented("getRule", "One rule");
        acl.MapPut("/{id}", ChangeAsync).Versioned().Needs(AdminArea.Acl, AdminAccess.Write)
            .Documented("changeRule", "Changes a rule", "With If-Match only if nobody has changed it since.");
        acl.MapDelete("/{id}", DeleteAsync).Versioned().Needs(AdminArea.Acl, AdminAccess.Write).Documented("deleteRule", "Removes a rule");
    }

    private static Ok<RulesAnswer> List(HttpContext context, Broker broker)
    {
        context.SetVersion(broker.Admin.Access.Version(context.Caller()));
        return TypedResults.Ok(new RulesAnswer(broker.Admin.Access.List(context.Caller()), broker.Admin.Access.NoMatch));
    }

    private static Ok<AccessEntry> Get(HttpContext context, Broker broker, string id) => Answer(context, broker.Admin.Access.Get(context.Caller(), context.PathText(nameof(id))));

    private static async Task<Created<AccessEntry>> CreateAsync(HttpContext context, Broker broker, CreateRuleRequest request)
    {
        AccessEntry made = await broker.Admin.Access.CreateAsync(context.Caller(), request.Rule, request.Order, request.Id, request.Comment);
        context.SetVersion(made.Version);
        return TypedResults.Created($"/api/v1/acl/{Uri.EscapeDataString(made.Id)}", made);
    }

    private static async Task<Ok<AccessEntry>> ChangeAsync(HttpContext context, Broker broker, string id, ChangeRuleRequest request) => Answer(
        context,
        await broker.Admin.Access.ChangeAsync(
            context.Caller(), new AccessEntry(context.PathText(nameof(id)), request.Order, request.Rule, request.Comment, request.IsDisabled), context.ExpectedVersion()));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string id)
    {
        await broker.Admin.Access.DeleteAsync(context.Caller(), context.PathText(nameof(id)), context.ExpectedVersion());
        return TypedResults.NoContent();
    }

    private static async Task<Ok<RulesAnswer>> ReplaceAsync(HttpContext context, Broker broker, IReadOnlyList<AccessEntry> request)
    {
        await broker.Admin.Access.ReplaceAsync(context.Caller(), request, context.ExpectedVersion());
        return List(context, broker);
    }

    private static Ok<AccessDecision> Test(HttpContext context, Broker broker, TestRulesRequest request) => TypedResults.Ok(broker.Admin.Access.Explain(
        context.Caller(), new ClientIdentity(request.ClientId, request.UserName, request.Address), request.Action, request.Topic, (int)request.QoS, request.Retain));

    private static Ok<AccessEntry> Answer(HttpContext context, AccessEntry entry)
    {
        context.SetVersion(entry.Version);
        return TypedResults.Ok(entry);
    }
}

/// <summary>All rules.</summary>
/// <param name="Items">In the order in which they are asked.</param>
/// <param name="NoMatch">What becomes of an action that no rule fits.</param>
internal sealed record RulesAnswer(IReadOnlyList<AccessEntry> Items, AccessEffect NoMatch);

/// <summary>A rule that is to be made.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Order">Its place; absent: behind all others.</param>
/// <param name="Id">Its identifier; absent: one is made up.</param>
/// <param name="Comment">What it is for.</param>
internal sealed record CreateRuleRequest(AccessRule Rule, int? Order = null, string? Id = null, string Comment = "");

/// <summary>A rule as it is to be.</summary>
/// <param name="Order">Its place.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Comment">What it is for.</param>
/// <param name="IsDisabled">Whether it is passed over.</param>
internal sealed record ChangeRuleRequest(int Order, AccessRule Rule, string Comment = "", bool IsDisabled = false);

/// <summary>What a client would do.</summary>
/// <param name="ClientId">Its client identifier.</param>
/// <param name="Action">publish, subscribe or replay.</param>
/// <param name="Topic">The topic name; for subscriptions and replays the filter.</param>
/// <param name="UserName">Its user name; absent: anonymous.</param>
/// <param name="Address">Its address; absent: unknown.</param>
/// <param name="QoS">The QoS.</param>
/// <param name="Retain">Whether what is published would be retained.</param>
internal sealed record TestRulesRequest(string ClientId, AccessAction Action, string Topic, string? UserName = null, string? Address = null, QoS QoS = QoS.AtMostOnce, bool Retain = false);
