using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>
/// How many there are. A text that has a place for it may say what is counted, for one and for any other number:
/// <c>{0:row|rows}</c> becomes <c>1 row</c>, <c>0 rows</c>, <c>1,234 rows</c>. Made a string before that, it is the number alone.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct Count(long Value) : IFormattable
{
    /// <summary>The number with groups: <c>1,234,567</c>.</summary>
    /// <param name="count">The count.</param>
    public static implicit operator string(Count count) => count.ToString();

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The number and what is counted.</summary>
    /// <param name="format">The words for one and for any other number, with <c>|</c> between them; null or empty: the number alone.</param>
    /// <param name="formatProvider">Not used: numbers are the same in all texts.</param>
    /// <exception cref="FormatException">It has one form, or more than two.</exception>
    public string ToString(string? format, IFormatProvider? formatProvider)
    {
        if (string.IsNullOrEmpty(format))
        {
            return ToString();
        }

        string[] forms = format.Split('|');
        return forms.Length == 2 ? $"{ToString()} {forms[Value == 1 ? 0 : 1]}" : throw new FormatException($"'{format}' must be two forms with | between them.");
    }
}
