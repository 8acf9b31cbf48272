using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>The tree of topics that carry messages.</summary>
internal static class TopicRoutes
{
    public static void MapTopics(this RouteGroupBuilder api)
    {
        RouteGroupBuilder topics = api.MapGroup("/topics").WithTags("Topics");
        topics.MapGet("", ListAsync).Needs(AdminArea.Topics, AdminAccess.Read)
            .Documented("listTopics", "The levels below a topic, or topics that contain a text", "parent: the topic whose levels are listed; absent: the first levels. search: topics of all levels that contain this text, in upper or lower case.");
        topics.MapGet("/{**topic}", GetAsync).Needs(AdminArea.Topics, AdminAccess.Read)
            .Documented("getTopic", "One topic or level", "Slashes of the topic may be sent as they are.");
    }

    private static async Task<Ok<Page<TopicView>>> ListAsync(
        HttpContext context,
        Broker broker,
        CancellationToken cancellationToken,
        string? parent = null,
        string? search = null,
        Choice<PayloadForm>? payload = null,
        string? cursor = null,
        int limit = 100)
    {
        if (parent is not null && search is not null)
        {
            throw ApiValues.Invalid("search", "parent_and_search", "Give parent or search, not both.");
        }

        Page<TopicItem> page = search is null
            ? await broker.Admin.Topics.ListAsync(context.Caller(), parent, cursor, limit, cancellationToken)
            : await broker.Admin.Topics.SearchAsync(context.Caller(), search, cursor, limit, cancellationToken);
        return TypedResults.Ok(new Page<TopicView>([.. page.Items.Select(item => TopicView.Of(item, payload.Or()))], page.Next) { Unavailable = page.Unavailable });
    }

    private static async Task<Ok<TopicView>> GetAsync(
        HttpContext context, Broker broker, string topic, CancellationToken cancellationToken, Choice<PayloadForm>? payload = null) =>
        TypedResults.Ok(TopicView.Of(await broker.Admin.Topics.GetAsync(context.Caller(), context.PathText(nameof(topic)), cancellationToken), payload.Or()));
}
