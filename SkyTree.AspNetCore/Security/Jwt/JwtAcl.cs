using System.Text.Json;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Security.Jwt;

/// <summary>What a token or a service says a client may do.</summary>
internal static class JwtAcl
{
    private const int MaximumFilters = 256;

    /// <summary>Reads <c>{"pub":[…],"sub":[…],"all":[…]}</c>.</summary>
    /// <returns>Rules that permit this and nothing else; null: it makes no sense, and so nothing can be permitted.</returns>
    public static IReadOnlyList<AccessRule>? Read(JsonElement acl)
    {
        if (acl.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        List<AccessRule> rules = [];
        foreach (JsonProperty property in acl.EnumerateObject())
        {
            AccessAction[]? actions = property.Name switch
            {
                "pub" => [AccessAction.Publish],
                "sub" => [AccessAction.Subscribe, AccessAction.Replay],
                "all" => [],
                _ => null,
            };
            if (actions is null || property.Value.ValueKind != JsonValueKind.Array || property.Value.GetArrayLength() > MaximumFilters)
            {
                return null;
            }

            foreach (JsonElement filter in property.Value.EnumerateArray())
            {
                AccessRule rule = new() { Effect = AccessEffect.Allow, Actions = actions, Topics = filter.ValueKind == JsonValueKind.String ? [filter.GetString()!] : [""] };
                if (AccessRules.Mistakes(rule).Count > 0)
                {
                    return null;
                }

                rules.Add(rule);
            }
        }

        return [.. rules, new AccessRule { Effect = AccessEffect.Deny }];
    }
}
