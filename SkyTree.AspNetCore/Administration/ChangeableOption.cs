using System.Collections;
using System.Reflection;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Administration;

/// <summary>An option that may be set while the program runs, where it is in the options.</summary>
/// <param name="Key">Its key as the program writes it.</param>
/// <param name="Section">What it is an option of.</param>
/// <param name="Property">Which one.</param>
/// <param name="NewConnectionsOnly">Whether it counts for connections that are made from then on.</param>
internal sealed record ChangeableOption(string Key, object Section, PropertyInfo Property, bool NewConnectionsOnly)
{
    private const string Root = "SkyTree";

    /// <summary>Finds an option.</summary>
    /// <param name="options">All options.</param>
    /// <param name="key">Its key, capitals or not.</param>
    /// <returns>Null: there is none, or it holds from the start to the end.</returns>
    public static ChangeableOption? Find(SkyTreeOptions options, string key)
    {
        string[] parts = key.Split(':');
        if (parts.Length < 2 || !parts[0].Equals(Root, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string found = Root;
        object? section = options;
        for (int i = 1; section is not null; i++)
        {
            if (section is IDictionary map)
            {
                string? name = map.Keys.Cast<string>().FirstOrDefault(name => name.Equals(parts[i], StringComparison.OrdinalIgnoreCase));
                section = name is null ? null : map[name];
                found += ":" + name;
            }
            else
            {
                PropertyInfo? property = section.GetType().GetProperty(parts[i], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
                found += ":" + property?.Name;
                if (i == parts.Length - 1)
                {
                    return property?.GetCustomAttribute<ChangeableAttribute>() is { } changeable ? new ChangeableOption(found, section, property, changeable.NewConnectionsOnly) : null;
                }

                section = property?.PropertyType is { IsClass: true } type && type != typeof(string) || property?.PropertyType is { IsInterface: true } ? property!.GetValue(section) : null;
            }

            if (i == parts.Length - 1)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Sets it to what it is in other options.</summary>
    public void Take(SkyTreeOptions from) => Property.SetValue(Section, Property.GetValue(Find(from, Key)!.Section));
}
