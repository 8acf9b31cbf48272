using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>The nodes, and who belongs to the cluster.</summary>
internal static class ClusterRoutes
{
    public static void MapNodes(this RouteGroupBuilder api)
    {
        api.MapGet("/nodes", ListNodesAsync).WithTags("Cluster").Needs(AdminArea.Cluster, AdminAccess.Read)
            .Documented("listNodes", "The nodes, and how each of them is", "A broker that is alone is one node. Nodes are asked for two seconds at most.");
        RouteGroupBuilder cluster = api.MapGroup("/cluster").WithTags("Cluster");
        cluster.MapGet("", GetAsync).Needs(AdminArea.Cluster, AdminAccess.Read)
            .Documented("getCluster", "The cluster as this node sees it: leader, term, members");
        cluster.MapPost("/members", JoinAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("joinNode", "Adds a node that was started to join", "Answers when it has caught up and votes.");
        cluster.MapDelete("/members/{member}", LeaveAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("removeNode", "Removes a node, dead or alive", "By its address and log port, or its identity. One that lives ends.");
        cluster.MapPost("/members/{member}/drain", DrainMemberAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("drainMember", "Has a node send its clients to the other nodes", "By its address and log port, or its identity. Answers when that has begun; the nodes' list shows how many clients it has left.");
        cluster.MapDelete("/members/{member}/drain", EndMemberDrainAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("endMemberDrain", "Clients are welcome at a node again");
        cluster.MapPost("/transfer-leadership", TransferAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("transferLeadership", "Lets another node lead", "Nothing durable is acknowledged for about a second meanwhile.");
        cluster.MapPost("/drain", DrainAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("drainNode", "Sends this node's clients to the other nodes", "Answers when none is left. Who connects is sent on until the drain is ended.");
        cluster.MapDelete("/drain", EndDrainAsync).Needs(AdminArea.Cluster, AdminAccess.Write)
            .Documented("endDrain", "Clients are welcome at this node again");
    }

    private static async Task<Ok<NodesAnswer>> ListNodesAsync(HttpContext context, ClusterControl cluster, CancellationToken cancellationToken) =>
        TypedResults.Ok(new NodesAnswer((await cluster.GetStatusAsync(context.Caller(), cancellationToken)).Members));

    private static async Task<Ok<ClusterStatus>> GetAsync(HttpContext context, ClusterControl cluster, CancellationToken cancellationToken) =>
        TypedResults.Ok(await cluster.GetStatusAsync(context.Caller(), cancellationToken));

    private static async Task<Ok<ClusterStatus>> JoinAsync(HttpContext context, ClusterControl cluster, JoinRequest request, CancellationToken cancellationToken)
    {
        await cluster.AddAsync(context.Caller(), request.Address, cancellationToken);
        return TypedResults.Ok(await cluster.GetStatusAsync(context.Caller(), cancellationToken));
    }

    private static async Task<NoContent> LeaveAsync(HttpContext context, ClusterControl cluster, string member, CancellationToken cancellationToken)
    {
        await cluster.RemoveAsync(context.Caller(), context.PathText(nameof(member)), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<LeaderAnswer>> TransferAsync(HttpContext context, ClusterControl cluster, CancellationToken cancellationToken) =>
        TypedResults.Ok(new LeaderAnswer(await cluster.LetAnotherLeadAsync(context.Caller(), cancellationToken)));

    private static async Task<Ok<DrainAnswer>> DrainAsync(HttpContext context, ClusterControl cluster, DrainRequest? request, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DrainAnswer(await cluster.DrainAsync(context.Caller(), request?.PerSecond, cancellationToken)));

    private static async Task<NoContent> EndDrainAsync(HttpContext context, ClusterControl cluster)
    {
        await cluster.EndDrainAsync(context.Caller());
        return TypedResults.NoContent();
    }

    private static async Task<Accepted> DrainMemberAsync(HttpContext context, ClusterControl cluster, string member, DrainRequest? request, CancellationToken cancellationToken)
    {
        await cluster.BeginDrainAsync(context.Caller(), context.PathText(nameof(member)), request?.PerSecond, cancellationToken);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<NoContent> EndMemberDrainAsync(HttpContext context, ClusterControl cluster, string member, CancellationToken cancellationToken)
    {
        await cluster.EndDrainAsync(context.Caller(), context.PathText(nameof(member)), cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>The node that leads now.</summary>
    /// <param name="Leader">Its identity.</param>
    internal sealed record LeaderAnswer(Guid Leader);
}

/// <summary>The nodes.</summary>
/// <param name="Items">By address.</param>
internal sealed record NodesAnswer(IReadOnlyList<MemberStatus> Items);

/// <summary>A node that is to be added.</summary>
/// <param name="Address">Its address and log port, as it has them itself.</param>
internal sealed record JoinRequest(string Address);

/// <summary>How clients are sent away.</summary>
/// <param name="PerSecond">So many each second, 1 to 1,000,000; absent: 200.</param>
internal sealed record DrainRequest(int? PerSecond = null);

/// <summary>What became of a drain.</summary>
/// <param name="Sent">Clients that were told to go.</param>
internal sealed record DrainAnswer(int Sent);
