using System.Security.Cryptography;
using Scalar.AspNetCore;
using SkyTree.AspNetCore.Api.Authentication;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>The description of the API for programs, and the page that shows it. Nothing of it comes from elsewhere.</summary>
internal static class ApiDocumentation
{
    /// <summary>The page.</summary>
    public const string Page = "/docs";

    /// <summary>The description.</summary>
    public const string Document = "/openapi/v1.json";

    private const string NonceKey = "skytree.docs.nonce";

    public static IServiceCollection AddApiDocumentation(this IServiceCollection services) => services.AddOpenApi("v1", openApi =>
    {
        openApi.ShouldInclude = description => description.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true;
        DescriptionSchemaTransformer descriptions = new();
        openApi.AddDocumentTransformer<ApiDocumentTransformer>();
        openApi.AddDocumentTransformer(descriptions);
        openApi.AddOperationTransformer<ApiOperationTransformer>();
        openApi.AddSchemaTransformer<ChoiceSchemaTransformer>();
        openApi.AddSchemaTransformer(descriptions);
    });

    public static void MapApiDocumentation(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(ApiAuthentication.Policy);
        app.MapScalarApiReference(Page, (options, context) => options
                .WithTitle("SkyTree HTTP API")
                .WithOpenApiRoutePattern("/openapi/{documentName}.json")
                .AddDocument("v1")
                .WithNonce((string)context.Items[NonceKey]!)
                .DisableDefaultFonts()
                .DisableTelemetry()
                .DisableAgent()
                .DisableMcp()
                .HideDeveloperTools()
                .HideClientButton())
            .RequireAuthorization(ApiAuthentication.Policy);
        app.MapGet("/swagger/{**rest}", () => TypedResults.LocalRedirect("~" + Page)).ExcludeFromDescription().RequireAuthorization(ApiAuthentication.Policy);
    }

    /// <summary>Lets the page run its own scripts and nobody else's, and talk to nobody else.</summary>
    public static void UseDocumentationHeaders(this WebApplication app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Page),
        docs => docs.Use((context, next) =>
        {
            string nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            context.Items[NonceKey] = nonce;
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
                + "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
            context.Response.Headers.XFrameOptions = "DENY";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            return next(context);
        }));
}
