using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using SkyTree.Core;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary>An option with a value, or a list of values.</summary>
/// <param name="Property">What holds it.</param>
/// <param name="Default">What it is when nothing is configured.</param>
/// <param name="Computed">What to say of the default where it differs from machine to machine, else null.</param>
internal sealed record OptionRow(PropertyInfo Property, object? Default, string? Computed)
{
    private static readonly NumberFormatInfo s_numbers = CultureInfo.InvariantCulture.NumberFormat;

    public string Name => Property.Name;

    /// <summary>What the source says, and what each name of an enumeration means.</summary>
    public string Text
    {
        get
        {
            string text = XmlText.Of(Property);
            if (!Type.IsEnum)
            {
                return text;
            }

            IEnumerable<string> values = Enum.GetNames(Type).Select(name => (Name: name, Text: XmlText.Of(Type, name)))
                .Where(value => value.Text.Length > 0)
                .Select(value => $"`{value.Name}`: {value.Text}");
            return string.Join("<br>", values.Prepend(text));
        }
    }

    /// <summary>What can be given.</summary>
    public string Values => Property.GetCustomAttribute<RangeAttribute>() is { } range ? $"{Number(range.Minimum)} to {Number(range.Maximum)}"
        : Type.IsEnum ? string.Join(", ", Enum.GetNames(Type).Select(name => $"`{name}`"))
        : Type == typeof(bool) ? "`true`, `false`"
        : Type == typeof(string) ? "text"
        : Type == typeof(uint) ? $"0 to {Number(uint.MaxValue)}"
        : Type == typeof(int) ? "whole number"
        : Type == typeof(long) ? "whole number"
        : Type == typeof(double) ? "number"
        : Item is { IsEnum: true } item ? $"list of {string.Join(", ", Enum.GetNames(item).Select(name => $"`{name}`"))}"
        : typeof(IDictionary).IsAssignableFrom(Type) || Type.Name.Contains("Dictionary", StringComparison.Ordinal) ? "texts by name"
        : "list of texts";

    /// <summary>When nothing is configured.</summary>
    public string DefaultText => Computed ?? Default switch
    {
        null or "" => "",
        string text => $"`{text}`",
        bool flag => flag ? "`true`" : "`false`",
        Enum value => $"`{value}`",
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(item => $"`{item}`")),
        IFormattable number => Number(number),
        _ => throw new NotSupportedException($"{Name}: {Default.GetType()}"),
    };

    /// <summary>When a change counts that is made while the program runs; empty: at the next start.</summary>
    public string Change => Property.GetCustomAttribute<ChangeableAttribute>() is not { } changeable ? "" : changeable.NewConnectionsOnly ? "new connections" : "at once";

    private Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    private Type? Item => Type.IsGenericType ? Type.GetGenericArguments()[^1] : null;

    // As Number groups digits in the text of the source: 65,535.
    private static string Number(object value) => value switch
    {
        double number => number.ToString("#,0.###", s_numbers),
        IFormattable number => number.ToString("#,0", s_numbers),
        _ => value.ToString()!,
    };
}
