using System.Reflection;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary>A section of the configuration.</summary>
/// <param name="Key">Its key, as <c>SkyTree:Listeners:{name}</c>.</param>
/// <param name="Text">What it is for.</param>
/// <param name="Options">What has a value in it.</param>
internal sealed record OptionSection(string Key, string Text, IReadOnlyList<OptionRow> Options)
{
    /// <summary>A section and all below it, in the order of the source.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="text">What it is for.</param>
    /// <param name="type">Its class.</param>
    /// <param name="computed">Defaults that differ from machine to machine, in words, by key.</param>
    public static IEnumerable<OptionSection> Of(string key, string text, Type type, IReadOnlyDictionary<string, string> computed)
    {
        object defaults = Activator.CreateInstance(type)!;

        // The class that is derived from comes first, as its options are the more general ones.
        List<PropertyInfo> properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .OrderBy(property => Depth(property.DeclaringType!)).ThenBy(property => property.MetadataToken)];
        yield return new OptionSection(key, text, [.. properties.Where(property => SectionIn(property) is null).Select(property => new OptionRow(property, property.GetValue(defaults), computed.GetValueOrDefault($"{key}:{property.Name}")))]);

        foreach ((PropertyInfo property, (Type Type, string Suffix) section) in properties.Where(property => SectionIn(property) is not null).Select(property => (property, SectionIn(property)!.Value)))
        {
            foreach (OptionSection below in Of($"{key}:{property.Name}{section.Suffix}", XmlText.Of(property), section.Type, computed))
            {
                yield return below;
            }
        }
    }

    // What is neither a value nor a list of values.
    private static (Type Type, string Suffix)? SectionIn(PropertyInfo property)
    {
        Type type = property.PropertyType;
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && IsSection(type.GetGenericArguments()[1]) ? (type.GetGenericArguments()[1], ":{name}")
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) && IsSection(type.GetGenericArguments()[0]) ? (type.GetGenericArguments()[0], ":{n}")
            : IsSection(type) ? (type, "")
            : null;
    }

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string);

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;
}
