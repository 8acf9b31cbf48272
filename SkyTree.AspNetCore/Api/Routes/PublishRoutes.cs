using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Publishing in the broker's name.</summary>
internal static class PublishRoutes
{
    private const long LargestMessage = 4 * 1024 * 1024;
    private const long LargestBulk = 16 * 1024 * 1024;

    public static void MapPublish(this RouteGroupBuilder api)
    {
        api.MapPost("/publish", PublishAsync).WithTags("Publish").Needs(AdminArea.Publish, AdminAccess.Write).BodyUpTo(LargestMessage)
            .Documented("publish", "Publishes a message", "Answers when it is as safe as the store's durability says, with how many subscriptions matched.");
        api.MapPost("/publish/bulk", PublishManyAsync).WithTags("Publish").Needs(AdminArea.Publish, AdminAccess.Write).BodyUpTo(LargestBulk)
            .Documented("publishBulk", "Publishes up to 1,000 messages one after the other", "One that is refused does not keep the others from being published; its result says why.");
    }

    private static async Task<Ok<PublishResult>> PublishAsync(HttpContext context, Broker broker, MessageBody request) =>
        TypedResults.Ok(await broker.Admin.Publish.PublishAsync(context.Caller(), request.ToRequest()));

    private static async Task<Ok<PublishBulkAnswer>> PublishManyAsync(HttpContext context, Broker broker, PublishBulkBody request, CancellationToken cancellationToken) =>
        TypedResults.Ok(new PublishBulkAnswer(
            await broker.Admin.Publish.PublishManyAsync(context.Caller(), [.. request.Messages.Select(message => message.ToRequest())], cancellationToken)));
}

/// <summary>Messages that are to be published.</summary>
/// <param name="Messages">1 to 1,000.</param>
internal sealed record PublishBulkBody(IReadOnlyList<MessageBody> Messages);

/// <summary>What became of each.</summary>
/// <param name="Results">In the order of the messages.</param>
internal sealed record PublishBulkAnswer(IReadOnlyList<PublishResult> Results);
