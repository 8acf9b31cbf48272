using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Retained messages.</summary>
internal static class RetainedRoutes
{
    private const long LargestMessage = 4 * 1024 * 1024;

    public static void MapRetained(this RouteGroupBuilder api)
    {
        RouteGroupBuilder retained = api.MapGroup("/retained").WithTags("Retained");
        retained.MapGet("", List).Needs(AdminArea.Retained, AdminAccess.Read)
            .Documented("listRetained", "Lists retained messages by topic", "filter: a topic filter; without one, all but topics that begin with $. payloadLimit: bytes of each payload.");
        retained.MapDelete("", ClearAsync).Needs(AdminArea.Retained, AdminAccess.Write)
            .Documented("clearRetained", "Removes the retained messages whose topics match a filter", "With dryRun=true they are only counted. Subscribers are told nothing.");
        retained.MapGet("/{**topic}", Get).Needs(AdminArea.Retained, AdminAccess.Read)
            .Documented("getRetained", "A topic's retained message", "Slashes of the topic may be sent as they are.");
        retained.MapPut("/{**topic}", SetAsync).Needs(AdminArea.Retained, AdminAccess.Write).BodyUpTo(LargestMessage)
            .Documented("setRetained", "Sets a topic's retained message", "By publishing it: subscribers get it like any other.");
        retained.MapDelete("/{**topic}", DeleteAsync).Needs(AdminArea.Retained, AdminAccess.Write)
            .Documented("deleteRetained", "Removes a topic's retained message", "Subscribers are told nothing.");
    }

    private static Ok<Page<MessageView>> List(
        HttpContext context, Broker broker, string? filter = null, Choice<PayloadForm>? payload = null, int payloadLimit = 1024, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(MessageView.Of(broker.Admin.Retained.List(context.Caller(), filter, cursor, limit, payloadLimit), payload.Or()));

    private static async Task<Ok<BulkResult>> ClearAsync(HttpContext context, Broker broker, string filter, CancellationToken cancellationToken, bool dryRun = false) =>
        TypedResults.Ok(await broker.Admin.Retained.ClearAsync(context.Caller(), filter, dryRun, cancellationToken));

    private static Ok<MessageView> Get(HttpContext context, Broker broker, string topic, Choice<PayloadForm>? payload = null) =>
        TypedResults.Ok(MessageView.Of(broker.Admin.Retained.Get(context.Caller(), context.PathText(nameof(topic))), payload.Or()));

    private static async Task<Ok<PublishResult>> SetAsync(HttpContext context, Broker broker, string topic, MessageContentBody request) =>
        TypedResults.Ok(await broker.Admin.Retained.SetAsync(context.Caller(), request.ToRequest(context.PathText(nameof(topic)), retain: true)));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string topic)
    {
        await broker.Admin.Retained.DeleteAsync(context.Caller(), context.PathText(nameof(topic)));
        return TypedResults.NoContent();
    }
}
