using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Admin.Subscriptions;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Sessions: who is connected, what waits for whom, and what is done about it.</summary>
internal static class SessionRoutes
{
    public static void MapSessions(this RouteGroupBuilder api)
    {
        RouteGroupBuilder sessions = api.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapGet("", ListAsync).Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("listSessions", "Lists sessions by client identifier", "Parameters combine. Those about a connection (user name, address, protocol, listener, since) mean connected sessions only. sort is clientId, subscriptions, lag (durable sessions only), queue or connected (connected ones only), with - before it for the largest first; all but clientId look at every session, and are refused beyond a million.");
        sessions.MapDelete("", DeleteManyAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("deleteSessions", "Ends all sessions that fit", "At least one parameter must be given. With dryRun=true they are only counted.");
        sessions.MapGet("/{clientId}", GetAsync).Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("getSession", "One session with all that is known of it", "A slash in a client identifier is sent as %2F.");
        sessions.MapDelete("/{clientId}", DeleteAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("deleteSession", "Ends a session, connected or not", "Its subscriptions and what waits for it are gone, its Will is sent.");
        sessions.MapPost("/{clientId}/kick", KickAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("kickSession", "Disconnects a client", "DISCONNECT 0x98 to an MQTT 5.0 client. Its session stays, and it may come back.");
        sessions.MapGet("/{clientId}/subscriptions", ListSubscriptions).Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("listSessionSubscriptions", "A session's subscriptions by filter");
        sessions.MapPost("/{clientId}/subscriptions", SubscribeAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("subscribeSession", "Subscribes for a session", "As if its client had asked; one with the same filter is replaced. The client is not told.");
        sessions.MapDelete("/{clientId}/subscriptions", UnsubscribeAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("unsubscribeSession", "Removes a session's subscription");
        sessions.MapGet("/{clientId}/inflight", ListInflightAsync).Needs(AdminArea.Sessions, AdminAccess.Read).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("listInflight", "Messages in flight to a client, in the order of sending", "At most 100 to a page.");
        sessions.MapGet("/{clientId}/queued", ListQueuedAsync).Needs(AdminArea.Sessions, AdminAccess.Read).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("listQueued", "Messages that wait for a session", "At most 100 to a page.");
        sessions.MapGet("/{clientId}/events", ListEventsAsync).Needs(AdminArea.Stats, AdminAccess.Read)
            .Documented("listSessionEvents", "What has happened to a client, the latest first", "Of all nodes, as far back as each remembers; there is one page.");
        sessions.MapPost("/{clientId}/cursor", MoveCursorAsync).Needs(AdminArea.Sessions, AdminAccess.Write)
            .Documented("moveCursor", "Puts a durable session's cursor elsewhere", "To an offset, a time, or the end. A connected client is disconnected for it with 0x98.");
    }

    private static async Task<Ok<Page<SessionItem>>> ListAsync(
        HttpContext context, Broker broker, [AsParameters] SessionParameters parameters, CancellationToken cancellationToken, string? sort = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(await broker.Admin.Sessions.ListAsync(context.Caller(), parameters.ToFilter(), SessionParameters.ReadSort(sort), cursor, limit, cancellationToken));

    private static async Task<Ok<BulkResult>> DeleteManyAsync(
        HttpContext context, Broker broker, [AsParameters] SessionParameters parameters, CancellationToken cancellationToken, bool dryRun = false) =>
        TypedResults.Ok(await broker.Admin.Sessions.DeleteManyAsync(context.Caller(), parameters.ToFilter(), dryRun, null, cancellationToken));

    private static async Task<Ok<SessionDetails>> GetAsync(HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Sessions.GetAsync(context.Caller(), context.PathText(nameof(clientId)), cancellationToken));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken)
    {
        await broker.Admin.Sessions.DeleteAsync(context.Caller(), context.PathText(nameof(clientId)), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> KickAsync(HttpContext context, Broker broker, string clientId, KickRequest? request, CancellationToken cancellationToken)
    {
        await broker.Admin.Sessions.KickAsync(context.Caller(), context.PathText(nameof(clientId)), request?.Reason, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<SubscriptionItem>>> ListSubscriptions(
        HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken, string? cursor = null, int limit = 100)
    {
        string client = context.PathText(nameof(clientId));
        Page<SubscriptionItem> page = broker.Admin.Subscriptions.List(context.Caller(), new SubscriptionQuery { ClientId = client }, cursor, limit);
        if (page.Items.Count == 0)
        {
            await broker.Admin.Sessions.GetAsync(context.Caller(), client, cancellationToken); // no subscriptions, or no session
        }

        return TypedResults.Ok(page);
    }

    private static async Task<Ok<SubscribeResult>> SubscribeAsync(HttpContext context, Broker broker, string clientId, SubscribeForSession request, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Sessions.SubscribeAsync(context.Caller(), context.PathText(nameof(clientId)), request, cancellationToken));

    private static async Task<NoContent> UnsubscribeAsync(HttpContext context, Broker broker, string clientId, string filter, CancellationToken cancellationToken)
    {
        await broker.Admin.Sessions.UnsubscribeAsync(context.Caller(), context.PathText(nameof(clientId)), filter, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<InflightView>>> ListInflightAsync(
        HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken, Choice<PayloadForm>? payload = null, string? cursor = null, int limit = 50) =>
        TypedResults.Ok(InflightView.Of(
            await broker.Admin.Sessions.ListInflightAsync(context.Caller(), context.PathText(nameof(clientId)), cursor, limit, cancellationToken), payload.Or()));

    private static async Task<Ok<Page<QueuedView>>> ListQueuedAsync(
        HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken, Choice<PayloadForm>? payload = null, string? cursor = null, int limit = 50) =>
        TypedResults.Ok(QueuedView.Of(
            await broker.Admin.Sessions.ListQueuedAsync(context.Caller(), context.PathText(nameof(clientId)), cursor, limit, cancellationToken), payload.Or()));

    private static async Task<Ok<Page<EventView>>> ListEventsAsync(HttpContext context, Broker broker, string clientId, CancellationToken cancellationToken, int limit = 100) =>
        TypedResults.Ok(EventView.Of(await broker.Admin.Events.HistoryAsync(context.Caller(), context.PathText(nameof(clientId)), limit, cancellationToken)));

    private static async Task<Ok<CursorMoved>> MoveCursorAsync(HttpContext context, Broker broker, string clientId, CursorTarget request, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Sessions.MoveCursorAsync(context.Caller(), context.PathText(nameof(clientId)), request, cancellationToken));
}

/// <summary>What a client is told.</summary>
/// <param name="Reason">Up to 1,000 characters; absent: a plain sentence.</param>
internal sealed record KickRequest(string? Reason = null);
