using System.Reflection;
using Microsoft.AspNetCore.Http.Features;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>Refuses parameters of the query that a route does not have: a typing error must not widen what is asked for.</summary>
internal static class KnownQuery
{
    public static EndpointFilterDelegate Create(EndpointFilterFactoryContext factory, EndpointFilterDelegate next)
    {
        HashSet<string> known = new(NamesOf(factory.MethodInfo), StringComparer.Ordinal);
        return context =>
        {
            foreach (string name in context.HttpContext.Request.Query.Keys)
            {
                if (!known.Contains(name))
                {
                    throw new AdminException(AdminError.Invalid, "unknown_parameter", known.Count == 0
                        ? $"There is no parameter '{name}'; this route has none."
                        : $"There is no parameter '{name}'; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}.")
                    {
                        Fields = new Dictionary<string, string> { [name] = "there is no such parameter" },
                    };
                }

                if (context.HttpContext.Request.Query[name].Count > 1)
                {
                    throw new AdminException(AdminError.Invalid, "repeated_parameter", $"The parameter '{name}' is given more than once.")
                    {
                        Fields = new Dictionary<string, string> { [name] = "given more than once" },
                    };
                }
            }

            return next(context);
        };
    }

    /// <summary>The names of a handler's query parameters: its simple ones, and those of its records.</summary>
    public static IEnumerable<string> NamesOf(MethodInfo handler) =>
        handler.GetParameters().SelectMany(parameter => parameter.GetCustomAttribute<AsParametersAttribute>() is null
            ? IsSimple(parameter.ParameterType) ? [parameter.Name!] : Array.Empty<string>()
            : parameter.ParameterType.GetProperties().Where(property => IsSimple(property.PropertyType)).Select(property => ApiNames.Policy.ConvertName(property.Name)));

    private static bool IsSimple(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(string) || (plain.IsValueType && plain != typeof(CancellationToken));
    }
}
