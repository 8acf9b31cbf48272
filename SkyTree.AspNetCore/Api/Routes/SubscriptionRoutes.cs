using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Subscriptions;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Subscriptions of all sessions, and the shared groups that they make.</summary>
internal static class SubscriptionRoutes
{
    public static void MapSubscriptions(this RouteGroupBuilder api)
    {
        api.MapGet("/subscriptions", List).WithTags("Subscriptions").Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("listSubscriptions", "Lists subscriptions by client identifier and filter", "Parameters combine. topic: those that a message to this topic would be sent for.");
        api.MapGet("/shared-groups", ListGroupsAsync).WithTags("Subscriptions").Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("listSharedGroups", "Lists shared groups by filter, with members and lag");
        api.MapPost("/shared-groups/rebalance", RebalanceAsync).WithTags("Subscriptions").Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("rebalanceSharedGroup", "Has another node hand out what a shared group reads from the log", "To its own members; by default the node with the most connected ones. What is in flight elsewhere may be handed out again.");
        api.MapGet("/shared-groups/{**filter}", GetGroupAsync).WithTags("Subscriptions").Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("getSharedGroup", "One shared group", "The filter is $share/{group}/{filter}; slashes may be sent as they are, + as it is, # as %23.");
    }

    private static Ok<Page<SubscriptionItem>> List(
        HttpContext context,
        Broker broker,
        string? clientId = null,
        string? filter = null,
        string? filterContains = null,
        string? topic = null,
        string? group = null,
        Guid? node = null,
        int? qos = null,
        string? cursor = null,
        int limit = 100)
    {
        var query = new SubscriptionQuery
        {
            ClientId = clientId,
            Filter = filter,
            FilterContains = filterContains,
            Topic = topic,
            Group = group,
            Node = node,
            QoS = ApiValues.QoS(qos),
        };
        return TypedResults.Ok(broker.Admin.Subscriptions.List(context.Caller(), query, cursor, limit));
    }

    private static async Task<Ok<Page<SharedGroupItem>>> ListGroupsAsync(
        HttpContext context, Broker broker, CancellationToken cancellationToken, string? group = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(await broker.Admin.Subscriptions.ListGroupsAsync(context.Caller(), group, cursor, limit, cancellationToken));

    private static async Task<Ok<SharedGroupMove>> RebalanceAsync(HttpContext context, Broker broker, RebalanceRequest request, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Subscriptions.MoveGroupAsync(context.Caller(), request.Filter, request.Node, cancellationToken));

    private static async Task<Ok<SharedGroupItem>> GetGroupAsync(HttpContext context, Broker broker, string filter, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Subscriptions.GetGroupAsync(context.Caller(), context.PathText(nameof(filter)), cancellationToken));
}

/// <summary>A shared group that another node is to hand out.</summary>
/// <param name="Filter"><c>$share/{group}/{filter}</c>.</param>
/// <param name="Node">The node, which must have a member; absent: that with the most.</param>
internal sealed record RebalanceRequest(string Filter, Guid? Node = null);
