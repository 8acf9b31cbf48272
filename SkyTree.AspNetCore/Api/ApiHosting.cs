using Microsoft.AspNetCore.Authentication;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Documentation;
using SkyTree.AspNetCore.Api.Errors;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.AspNetCore.Api.Routes;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Observability;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api;

/// <summary>The HTTP API: nothing of it is served to who has not shown who they are, but the login itself.</summary>
internal static class ApiHosting
{
    /// <summary>Where the routes begin.</summary>
    public const string Root = "/api/v1";

    private const long LargestBody = 1024 * 1024;

    /// <summary>What its addresses begin with.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/api", "/openapi", ApiDocumentation.Page, "/swagger", MetricsEndpoint.Path];

    /// <summary>What the API needs. After the broker.</summary>
    public static WebApplicationBuilder AddApi(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        IServiceCollection services = builder.Services;
        services.AddAntiforgery();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiAuthentication>(ApiAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(ApiAuthentication.Policy, policy => policy.AddAuthenticationSchemes(ApiAuthentication.SchemeName).RequireAuthenticatedUser())
            .AddPolicy(MetricsEndpoint.Policy, policy => policy.AddAuthenticationSchemes(ApiAuthentication.SchemeName).RequireAuthenticatedUser()
                .RequireAssertion(context => context.Resource is HttpContext http && http.Features.Get<ApiSignIn>()?.Caller.May(AdminArea.Stats, AdminAccess.Read) == true));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services
            .AddSingleton(options.Admin)
            .AddSingleton<SignInTokens>()
            .AddSingleton<IdempotencyKeys>()
            .AddSingleton<ClusterControl>()
            .AddSingleton<ListenerControl>()
            .AddSingleton(((IConfigurationRoot)builder.Configuration).Providers.OfType<ChangedConfiguration>().Single())
            .AddSingleton<ConfigView>()
            .AddSingleton<ConfigChanges>()
            .AddSingleton<BackupDownload>()
            .AddSingleton<RestoreUpload>()
            .AddApiDocumentation();
        return builder;
    }

    /// <summary>Turns mistakes into problems. Before routing.</summary>
    public static void UseApiErrors(this WebApplication app) => app.UseWhen(IsApi, api => api.UseMiddleware<ApiErrors>());

    /// <summary>What holds for callers once it is known who they are. After authorization.</summary>
    public static void UseApiCallers(this WebApplication app) => app.UseWhen(IsApi, api =>
    {
        api.UseMiddleware<ApiGuard>();
        IdempotencyKeys keys = app.Services.GetRequiredService<IdempotencyKeys>();
        api.Use((HttpContext context, RequestDelegate next) => keys.RunAsync(context, next));
    });

    /// <summary>The routes and their documentation.</summary>
    public static void MapApi(this WebApplication app)
    {
        RouteGroupBuilder api = app.MapGroup(Root)
            .RequireAuthorization(ApiAuthentication.Policy)
            .AddEndpointFilterFactory(KnownQuery.Create)
            .BodyUpTo(LargestBody);
        api.MapLogin();
        api.MapSessions();
        api.MapSubscriptions();
        api.MapTopics();
        api.MapMessages();
        api.MapRetained();
        api.MapPublish();
        api.MapUsers();
        api.MapAccess();
        api.MapBans();
        api.MapAdmins();
        api.MapApiKeys();
        api.MapAudit();
        api.MapNodes();
        api.MapListeners();
        api.MapBridges();
        api.MapSinks();
        api.MapRules();
        api.MapDrops();
        api.MapTraces();
        api.MapStats();
        api.MapAttention();
        api.MapEvents();
        api.MapSystem();
        api.MapOriginal();
        app.MapApiDocumentation();
    }

    /// <summary>Whether a request is for the API, its documentation or the metrics.</summary>
    public static bool IsApi(HttpContext context) => IsApi(context.Request.Path);

    /// <summary>Whether a path is of the API, its documentation or the metrics.</summary>
    public static bool IsApi(PathString asked) => Paths.Any(path => asked.StartsWithSegments(path));
}
