using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>What a route needs, and how it can fail.</summary>
internal sealed class ApiOperationTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        string method = context.Description.HttpMethod ?? "GET";
        bool isOpen = metadata.OfType<IAllowAnonymous>().Any();
        ApiAccess[] needs = [.. metadata.OfType<ApiAccess>()];
        if (needs.Length > 0)
        {
            string scopes = string.Join(" and ", needs.Select(need => AdminScopes.Format(need.Area, need.Access)));
            string role = needs.Max(need => Caller.RequiredRole(need.Area, need.Access)).ToString().ToLowerInvariant();
            operation.Description = $"{operation.Description} Needs the scope {scopes} and the role {role}.".Trim();
        }

        bool changes = !HttpMethods.IsGet(method);
        if (HttpMethods.IsPost(method) && !isOpen)
        {
            AddHeader(operation, IdempotencyKeys.Header, "Makes a repeat of this request answer as the first time. 1 to 255 visible ASCII characters; kept for six hours by the node that was asked.");
        }

        if (metadata.OfType<IfMatch>().Any())
        {
            AddHeader(operation, "If-Match", "The ETag that the caller has seen; then it is done only if nobody has changed it since.");
            AddProblem(operation, context, "412", "Somebody has changed it since.");
        }

        AddProblem(operation, context, "400", "A parameter or the body makes no sense; errors says which field.");
        AddProblem(operation, context, "401", "Nobody has shown who they are, or not rightly.");
        AddProblem(operation, context, "403", "The caller's role or scopes do not allow it.");
        if (context.Description.RelativePath?.Contains('{', StringComparison.Ordinal) == true)
        {
            AddProblem(operation, context, "404", "There is no such thing.");
        }

        if (changes)
        {
            AddProblem(operation, context, "409", "It is there already, was changed meanwhile, or cannot be done as things are.");
            AddProblem(operation, context, "413", "The body is too large.");
            AddProblem(operation, context, "415", "The body is of another type.");
            AddProblem(operation, context, "507", "Nothing more can be stored for now.");
        }

        AddProblem(operation, context, "429", "A limit is reached, or there were too many wrong passwords; Retry-After says when to try again.");
        AddProblem(operation, context, "503", "It cannot be done now: a node, the leader or a store is away.");
        if (!isOpen)
        {
            operation.Security = [.. ApiDocumentTransformer.Schemes.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
        }

        return Task.CompletedTask;
    }

    private static void AddHeader(OpenApiOperation operation, string name, string description) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });

    private static void AddProblem(OpenApiOperation operation, OpenApiOperationTransformerContext context, string status, string description)
    {
        operation.Responses ??= [];
        operation.Responses.TryAdd(status, new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ApiDocumentTransformer.Problem, context.Document) },
            },
        });
    }
}
