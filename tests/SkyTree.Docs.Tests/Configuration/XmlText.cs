using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary>What the comments in the source say of types, properties and enumerations, as Markdown: the compiler leaves it beside the assemblies.</summary>
internal static partial class XmlText
{
    private static readonly Lazy<Dictionary<string, string>> s_all = new(Read);

    /// <summary>Of a type; empty: nothing is said.</summary>
    public static string Of(Type type) => s_all.Value.GetValueOrDefault($"T:{NameOf(type)}", "");

    /// <summary>Of a property; empty: nothing is said.</summary>
    public static string Of(PropertyInfo property) => s_all.Value.GetValueOrDefault($"P:{NameOf(property.DeclaringType!)}.{property.Name}", "");

    /// <summary>Of a value of an enumeration; empty: nothing is said.</summary>
    public static string Of(Type enumeration, string value) => s_all.Value.GetValueOrDefault($"F:{NameOf(enumeration)}.{value}", "");

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> all = [];
        foreach (XElement member in Directory.EnumerateFiles(AppContext.BaseDirectory, "SkyTree.*.xml").SelectMany(file => XDocument.Load(file).Descendants("member")))
        {
            all[member.Attribute("name")!.Value] = member.Element("summary") is { } summary ? Spaces().Replace(Text(summary), " ").Trim() : "";
        }

        return all;
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" or "code" } code => $"`{code.Value}`",
        XElement element when element.Attribute("cref")?.Value is { } cref => $"`{cref[(cref.LastIndexOf('.') + 1)..]}`",
        XElement element when element.Attribute("langword")?.Value is { } word => $"`{word}`",
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
