using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Routes of SkyTree's first version, for who has programs that call them.</summary>
internal static class OriginalRoutes
{
    private const int LargestPage = 1000;

    public static void MapOriginal(this RouteGroupBuilder api)
    {
        api.MapGet("/ping", Ping).WithTags("First version").BeforePasswordChange()
            .Documented("ping", "Answers pong");
        api.MapGet("/store/message", ListAsync).WithTags("First version").Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("storeMessages", "A page of a topic's stored messages", "store is the topic, page counts from 1. Later pages cost more: /messages goes on from a cursor.");
        api.MapGet("/store/message/{id:long}", GetAsync).WithTags("First version").Needs(AdminArea.Messages, AdminAccess.Read)
            .Documented("storeMessage", "One stored message of a topic", "id is its offset.");
        api.MapGet("/session/{client_id}", GetSessionAsync).WithTags("First version").Needs(AdminArea.Sessions, AdminAccess.Read)
            .Documented("session", "One session", "The same as /sessions/{clientId}.");
    }

    private static Ok<PingAnswer> Ping() => TypedResults.Ok(new PingAnswer("pong"));

    private static async Task<Ok<StorePage>> ListAsync(
        HttpContext context, Broker broker, string store, CancellationToken cancellationToken, int page = 1, int page_size = 20)
    {
        if (page is < 1 or > 1000)
        {
            throw ApiValues.Invalid("page", "bad_page", "A page is 1 to 1,000; go on with /messages.");
        }

        if (page_size is < 1 or > LargestPage)
        {
            throw ApiValues.Invalid("page_size", "bad_page_size", "A page has 1 to 1,000 messages.");
        }

        Page<MessageItem> found = new([], null);
        string? cursor = null;
        for (int i = 1; i <= page; i++)
        {
            found = await FillAsync(context, broker, store, cursor, page_size, cancellationToken);
            cursor = found.Next;
            if (cursor is null)
            {
                found = i == page ? found : new([], null);
                break;
            }
        }

        return TypedResults.Ok(new StorePage(store, page, page_size, [.. found.Items.Select(item => MessageView.Of(item, PayloadForm.Utf8))], found.Next is not null));
    }

    // A page of the service may be short although there is more.
    private static async Task<Page<MessageItem>> FillAsync(HttpContext context, Broker broker, string topic, string? cursor, int size, CancellationToken cancellationToken)
    {
        List<MessageItem> items = [];
        do
        {
            Page<MessageItem> part = await broker.Admin.Messages.ListAsync(
                context.Caller(), new MessageQuery { Topic = topic, PayloadLimit = int.MaxValue }, cursor, size - items.Count, cancellationToken);
            items.AddRange(part.Items);
            cursor = part.Next;
        }
        while (cursor is not null && items.Count < size);

        return new Page<MessageItem>(items, cursor);
    }

    private static async Task<Ok<MessageView>> GetAsync(HttpContext context, Broker broker, long id, string topic, CancellationToken cancellationToken)
    {
        MessageItem message = await broker.Admin.Messages.GetAsync(context.Caller(), id, cancellationToken);
        return message.Topic == topic
            ? TypedResults.Ok(MessageView.Of(message, PayloadForm.Utf8))
            : throw new AdminException(AdminError.NotFound, "message_not_found", $"Topic '{topic}' has no message {id}.");
    }

    private static async Task<Ok<SessionDetails>> GetSessionAsync(HttpContext context, Broker broker, string client_id, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.Admin.Sessions.GetAsync(context.Caller(), context.PathText(nameof(client_id)), cancellationToken));
}

/// <summary>An answer.</summary>
/// <param name="Message">Always <c>pong</c>.</param>
internal sealed record PingAnswer(string Message);

/// <summary>A page of a topic's stored messages.</summary>
/// <param name="Store">The topic.</param>
/// <param name="Page">Which page, from 1 on.</param>
/// <param name="PageSize">Messages of a page.</param>
/// <param name="Items">The messages, oldest first.</param>
/// <param name="HasMore">Whether there is a page after it.</param>
internal sealed record StorePage(string Store, int Page, int PageSize, IReadOnlyList<MessageView> Items, bool HasMore);
