using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SkyTree.AspNetCore.Api.Documentation;

/// <summary>What the comments in the source say of types and properties: the compiler leaves it beside the program.</summary>
internal static partial class XmlDescriptions
{
    private static readonly Lazy<FrozenDictionary<string, string>> s_all = new(Read);

    /// <summary>Of a type; null: nothing is said.</summary>
    public static string? Of(Type type) => s_all.Value.GetValueOrDefault("T:" + NameOf(type));

    /// <summary>Of a property; null: nothing is said.</summary>
    public static string? Of(PropertyInfo property) =>
        property.DeclaringType is not { } type ? null
        : s_all.Value.GetValueOrDefault($"P:{NameOf(type)}.{property.Name}") ?? s_all.Value.GetValueOrDefault($"T:{NameOf(type)}#{property.Name}");

    private static string NameOf(Type type) => ((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name).Replace('+', '.');

    private static FrozenDictionary<string, string> Read()
    {
        Dictionary<string, string> all = [];
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "SkyTree.*.xml"))
        {
            foreach (XElement member in XDocument.Load(file).Descendants("member"))
            {
                if (member.Attribute("name")?.Value is not { } name || name[0] is not ('T' or 'P'))
                {
                    continue;
                }

                all[name] = Text(member.Element("summary"));
                foreach (XElement parameter in member.Elements("param"))
                {
                    all[$"{name}#{parameter.Attribute("name")?.Value}"] = Text(parameter); // of a record: its property, too
                }
            }
        }

        return all.Where(pair => pair.Value.Length > 0).ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string Text(XElement? element) => element is null ? "" : Spaces().Replace(string.Concat(element.Nodes().Select(Text)), " ").Trim();

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref")?.Value is { } cref => Words(cref),
        XElement element when element.Attribute("name")?.Value is { } name => name,
        XElement element => Text(element),
        _ => "",
    };

    // "P:SkyTree.Core.BrokerOptions.MaximumQoS" is known to readers as maximumQoS.
    private static string Words(string cref)
    {
        string last = cref[(cref.LastIndexOf('.') + 1)..];
        return cref.StartsWith("P:", StringComparison.Ordinal) && last.Length > 0 ? char.ToLowerInvariant(last[0]) + last[1..] : last;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
