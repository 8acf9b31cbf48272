using Microsoft.Extensions.Localization;

namespace SkyTree.AspNetCore.Portal.Fields;

/// <summary>Something that can be chosen in <see cref="ChoiceField"/>.</summary>
/// <param name="Value">What stands in the address; empty for what is so without choosing.</param>
/// <param name="Text">What is shown.</param>
public sealed record Choice(string Value, string Text)
{
    /// <summary>The choices of a filter: any, and each of some values.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="name">How the names of their texts begin; that of any ends with <c>any</c>, the others with the value.</param>
    /// <param name="values">The values.</param>
    public static IReadOnlyList<Choice> AnyOr(IStringLocalizer texts, string name, params IEnumerable<string> values) =>
        [new("", texts[name + "any"]), .. values.Select(value => new Choice(value, texts[name + value]))];

    /// <summary>Values that speak for themselves.</summary>
    /// <param name="values">The values.</param>
    public static IReadOnlyList<Choice> Of(params IEnumerable<string> values) => [.. values.Select(value => new Choice(value, value))];
}
