using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Keys that programs show.</summary>
internal static class ApiKeyRoutes
{
    public static void MapApiKeys(this RouteGroupBuilder api)
    {
        RouteGroupBuilder keys = api.MapGroup("/api-keys").WithTags("API keys");
        keys.MapGet("", List).Needs(AdminArea.ApiKeys, AdminAccess.Read).Documented("listApiKeys", "Lists API keys by identifier");
        keys.MapPost("", CreateAsync).Needs(AdminArea.ApiKeys, AdminAccess.Write)
            .Documented("createApiKey", "Makes an API key", "Its token is answered this once. Scopes are such as sessions:read; without them it may do what its role may. It may do nothing that its maker may not.");
        keys.MapGet("/{id}", Get).Needs(AdminArea.ApiKeys, AdminAccess.Read).Documented("getApiKey", "One API key");
        keys.MapPatch("/{id}", ChangeAsync).Versioned().Needs(AdminArea.ApiKeys, AdminAccess.Write)
            .Documented("changeApiKey", "Changes an API key; its secret stays", "With If-Match only if nobody has changed it since.");
        keys.MapDelete("/{id}", DeleteAsync).Versioned().Needs(AdminArea.ApiKeys, AdminAccess.Write)
            .Documented("deleteApiKey", "Removes an API key: it is refused from now on, on every node");
    }

    private static Ok<Page<ApiKey>> List(HttpContext context, Broker broker, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(broker.Admin.ApiKeys.List(context.Caller(), cursor, limit));

    private static Ok<ApiKey> Get(HttpContext context, Broker broker, string id) => Answer(context, broker.Admin.ApiKeys.Get(context.Caller(), context.PathText(nameof(id))));

    private static async Task<Created<NewApiKey>> CreateAsync(HttpContext context, Broker broker, CreateApiKeyRequest request)
    {
        NewApiKey made = await broker.Admin.ApiKeys.CreateAsync(context.Caller(), request.Name, request.Role, request.Scopes, request.ExpiresAt);
        context.SetVersion(made.Key.Version);
        return TypedResults.Created($"/api/v1/api-keys/{made.Key.Id}", made);
    }

    private static async Task<Ok<ApiKey>> ChangeAsync(HttpContext context, Broker broker, string id, ChangeApiKeyRequest request)
    {
        ApiKey changed = await broker.Admin.ApiKeys.ChangeAsync(
            context.Caller(),
            context.PathText(nameof(id)),
            key => key with
            {
                Name = request.Name ?? key.Name,
                Role = request.Role ?? key.Role,
                Scopes = request.Scopes ?? key.Scopes,
                ExpiresAt = request.ExpiresAt ?? key.ExpiresAt,
                IsDisabled = request.IsDisabled ?? key.IsDisabled,
            },
            context.ExpectedVersion());
        return Answer(context, changed);
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string id)
    {
        await broker.Admin.ApiKeys.DeleteAsync(context.Caller(), context.PathText(nameof(id)), context.ExpectedVersion());
        return TypedResults.NoContent();
    }

    private static Ok<ApiKey> Answer(HttpContext context, ApiKey key)
    {
        context.SetVersion(key.Version);
        return TypedResults.Ok(key);
    }
}

/// <summary>A key that is to be made.</summary>
/// <param name="Name">What it is for, 1 to 128 characters.</param>
/// <param name="Role">viewer, operator or administrator.</param>
/// <param name="Scopes">What it is limited to; absent: to its role alone.</param>
/// <param name="ExpiresAt">When it ends; absent: never.</param>
internal sealed record CreateApiKeyRequest(string Name, AdminRole Role, IReadOnlyList<string>? Scopes = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A change of a key; what is absent stays.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Role">viewer, operator or administrator.</param>
/// <param name="Scopes">What it is limited to.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
internal sealed record ChangeApiKeyRequest(string? Name = null, AdminRole? Role = null, IReadOnlyList<string>? Scopes = null, DateTimeOffset? ExpiresAt = null, bool? IsDisabled = null);
