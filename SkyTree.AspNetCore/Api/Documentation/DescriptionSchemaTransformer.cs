using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>Describes types and members as the comments in the source do.</summary>
internal sealed class DescriptionSchemaTransformer : IOpenApiSchemaTransformer, IOpenApiDocumentTransformer
{
    private readonly ConcurrentDictionary<string, Type> _types = new(); // by the name of their schema
    private readonly ConcurrentDictionary<(Type? Declaring, string Member), string> _references = new();

    /// <summary>Describes members that are something described elsewhere, or null: what stands for them is made after their schemas.</summary>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach ((string name, IOpenApiSchema schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            foreach ((string member, IOpenApiSchema of) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
            {
                if (string.IsNullOrEmpty(of.Description))
                {
                    of.Description = Find(_types.GetValueOrDefault(name), member);
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        _types[context.JsonTypeInfo.Type.Name] = context.JsonTypeInfo.Type;
        if (context.JsonPropertyInfo is not { } member)
        {
            schema.Description ??= XmlDescriptions.Of(context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        }

        if (member.AttributeProvider is not PropertyInfo property || XmlDescriptions.Of(property) is not { } description)
        {
            return Task.CompletedTask;
        }

        // What is described elsewhere in the document is only referred to here.
        if (schema.Metadata is { } metadata && metadata.TryGetValue("x-schema-id", out object? id) && id is string { Length: > 0 })
        {
            metadata["x-ref-description"] = description;
            _references[(property.DeclaringType, member.Name)] = description;
        }
        else
        {
            schema.Description = description;
        }

        return Task.CompletedTask;
    }

    private string? Find(Type? type, string member)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (_references.TryGetValue((type, member), out string? description))
            {
                return description;
            }
        }

        return null;
    }
}
