using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SkyTree.AspNetCore.Api.Errors;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>What holds for all routes.</summary>
internal sealed class ApiDocumentTransformer : IOpenApiDocumentTransformer
{
    /// <summary>The name of the schema of problems.</summary>
    public const string Problem = "Problem";

    /// <summary>The names of the ways to show who one is.</summary>
    public static readonly string[] Schemes = ["basic", "bearer"];

    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "SkyTree HTTP API",
            Version = ProductVersion.Text,
            Description =
                "Everything but POST /api/v1/login needs a caller: name and password or an API key by Basic, an API key or a login's token by Bearer. "
                + "Lists are pages: limit asks for so many items, next of the answer goes into cursor. "
                + "Errors are problem+json with a stable code. What people edit has an ETag, and If-Match keeps one from overwriting another. "
                + "A POST with an Idempotency-Key can be repeated. Times are RFC 3339. Parameters and members that are not known are refused.",
        };
        // Of the address that it was asked at, the path: with what an application has put before it.
        string? asked = document.Servers?.FirstOrDefault()?.Url;
        document.Servers = [new OpenApiServer { Url = Uri.TryCreate(asked, UriKind.Absolute, out Uri? server) ? server.AbsolutePath.TrimEnd('/') + "/" : "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Schemes[0]] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "Name and password of an admin account, or an API key's identifier and secret." },
            [Schemes[1]] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (id.secret), or the token of POST /api/v1/login." },
        };
        OpenApiSchema problem = await context.GetOrCreateSchemaAsync(typeof(ApiProblem), null, cancellationToken);
        document.AddComponent(Problem, problem);
    }
}
