using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SkyTree.AspNetCore.Api.Http;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>Lists the words of a parameter that is one of some.</summary>
internal sealed class ChoiceSchemaTransformer : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Type type = context.ParameterDescription?.ParameterDescriptor?.ParameterType ?? context.JsonTypeInfo.Type;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Choice<>))
        {
            var words = (IReadOnlyList<string>)type.GetProperty(nameof(Choice<DayOfWeek>.Words))!.GetValue(null)!;
            schema.Type = JsonSchemaType.String;
            schema.Properties = null;
            schema.Required = null;
            schema.Enum = [.. words.Select(word => (JsonNode)word)];
        }

        return Task.CompletedTask;
    }
}
