using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Messages;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Stored messages.</summary>
internal static class MessageRoutes
{
    public static void MapMessages(this RouteGroupBuilder api)
    {
        RouteGroupBuilder messages = api.MapGroup("/messages").WithTags("Messages");
        messages.MapGet("", ListAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("listMessages", "Lists stored messages by offset", "By topic or filter, offsets, times, publisher, QoS or a text in the payload. order: asc (default) or desc. Looking is bounded: a page may be short, or empty, although there are more.");
        messages.MapDelete("", DeleteAsync).Needs(AdminArea.Messages, AdminAccess.Write)
            .Documented("deleteMessages", "Deletes a topic's stored messages up to an offset", "Whoever still waits for them. Without upTo: all that the topic has.");
        messages.MapGet("/topics", ListTopicsAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("listMessageTopics", "Topics that have stored messages");
        messages.MapGet("/histogram", CountAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("countMessages", "How many messages were stored over time", "from and to are RFC 3339; buckets is 1 to 500.");
        messages.MapGet("/{offset:long}", GetAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("getMessage", "One stored message");
        messages.MapGet("/{offset:long}/payload", DownloadAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("downloadPayload", "A stored message's payload, byte for byte", "Always as application/octet-stream: what devices send is not shown by a browser.");
        messages.MapPost("/{offset:long}/republish", RepublishAsync).Needs(AdminArea.Messages, AdminAccess.Read)
            .Needs(AdminArea.Publish, AdminAccess.Write)
            .Documented("republishMessage", "Publishes a stored message again", "In the broker's name, to its topic or to another.");
    }

    private static async Task<Ok<Page<MessageView>>> ListAsync(
        HttpContext context,
        Broker broker,
        CancellationToken cancellationToken,
        string? topic = null,
        string? filter = null,
        long? fromOffset = null,
        long? toOffset = null,
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        string? publisherId = null,
        int? qos = null,
        string? payloadContains = null,
        Choice<SortOrder>? order = null,
        Choice<PayloadForm>? payload = null,
        int payloadLimit = 1024,
        string? cursor = null,
        int limit = 100)
    {
        var query = new MessageQuery
        {
            Topic = topic,
            Filter = filter,
            FromOffset = fromOffset,
            ToOffset = toOffset,
            From = from,
            To = to,
            PublisherId = publisherId,
            QoS = ApiValues.QoS(qos),
            PayloadContains = payloadContains,
            NewestFirst = order.Or() == SortOrder.Desc,
            PayloadLimit = payloadLimit,
        };
        return TypedResults.Ok(MessageView.Of(await broker.Admin.Messages.ListAsync(context.Caller(), query, cursor, limit, cancellationToken), payload.Or()));
    }

    private static async Task<Ok<BulkResult>> DeleteAsync(HttpContext context, Broker broker, string topic, CancellationToken cancellationToken, long? upTo = null) =>
        TypedResults.Ok(await broker.Admin.Messages.DeleteAsync(context.Caller(), topic, upTo, cancellationToken));

    private static async Task<Ok<Page<TopicSummary>>> ListTopicsAsync(
        HttpContext context, Broker broker, CancellationToken cancellationToken, string? filter = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(await broker.Admin.Messages.ListTopicsAsync(context.Caller(), filter, cursor, limit, cancellationToken));

    private static async Task<Ok<MessageHistogram>> CountAsync(
        HttpContext context, Broker broker, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken, string? filter = null, int buckets = 60) =>
        TypedResults.Ok(await broker.Admin.Messages.CountOverTimeAsync(context.Caller(), filter, from, to, buckets, cancellationToken));

    private static async Task<Ok<MessageView>> GetAsync(
        HttpContext context, Broker broker, long offset, CancellationToken cancellationToken, Choice<PayloadForm>? payload = null) =>
        TypedResults.Ok(MessageView.Of(await broker.Admin.Messages.GetAsync(context.Caller(), offset, cancellationToken), payload.Or()));

    private static async Task<FileContentHttpResult> DownloadAsync(HttpContext context, Broker broker, long offset, CancellationToken cancellationToken)
    {
        MessageItem message = await broker.Admin.Messages.GetAsync(context.Caller(), offset, cancellationToken);
        return TypedResults.File(message.Payload.ToArray(), "application/octet-stream", $"message-{message.Offset}.bin");
    }

    private static async Task<Ok<PublishResult>> RepublishAsync(
        HttpContext context, Broker broker, long offset, RepublishRequest? request, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Messages.RepublishAsync(context.Caller(), offset, request?.Topic, cancellationToken));
}

/// <summary>Where a message is published again.</summary>
/// <param name="Topic">Another topic; absent: its own.</param>
internal sealed record RepublishRequest(string? Topic = null);

/// <summary>The order of a list.</summary>
internal enum SortOrder
{
    /// <summary>Oldest first.</summary>
    Asc,

    /// <summary>Newest first.</summary>
    Desc,
}
