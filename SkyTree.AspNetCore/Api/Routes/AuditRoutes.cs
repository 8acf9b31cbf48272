using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Audit;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>What was changed, by whom.</summary>
internal static class AuditRoutes
{
    public static void MapAudit(this RouteGroupBuilder api) =>
        api.MapGet("/audit", List).WithTags("Audit").Needs(AdminArea.Audit, AdminAccess.Read)
            .Documented("listAudit", "Lists what was changed, by whom, latest first", "action is how it begins, such as users.; since and until are RFC 3339.");

    private static Ok<Page<AuditView>> List(
        HttpContext context,
        Broker broker,
        string? caller = null,
        string? action = null,
        string? target = null,
        DateTimeOffset? since = null,
        DateTimeOffset? until = null,
        string? cursor = null,
        int limit = 100)
    {
        var query = new AuditQuery { Caller = caller, Action = action, Target = target, Since = since, Until = until };
        Page<AuditEntry> page = broker.Admin.AuditLog.List(context.Caller(), query, cursor, limit);
        return TypedResults.Ok(new Page<AuditView>([.. page.Items.Select(AuditView.Of)], page.Next));
    }
}

/// <summary>Something that was done.</summary>
/// <param name="Number">Its number; a later one has a higher one.</param>
/// <param name="At">When.</param>
/// <param name="Caller">Who.</param>
/// <param name="Address">From where; absent: the broker's own process.</param>
/// <param name="Action">What, such as <c>users.change</c>.</param>
/// <param name="Target">On what.</param>
/// <param name="Before">What it was, without secrets.</param>
/// <param name="After">What it is, without secrets.</param>
internal sealed record AuditView(long Number, DateTimeOffset At, string Caller, string? Address, string Action, string Target, JsonElement? Before, JsonElement? After)
{
    public static AuditView Of(AuditEntry entry) =>
        new(entry.Number, entry.At, entry.Caller, entry.Address, entry.Action, entry.Target, Parse(entry.Before), Parse(entry.After));

    // Details are JSON, or a few words.
    private static JsonElement? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text, ApiJson.Options);
        }
    }
}
