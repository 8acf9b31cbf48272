using System.Diagnostics.CodeAnalysis;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>A parameter of the query that is one of some words, in camel case.</summary>
/// <typeparam name="T">The words.</typeparam>
/// <param name="Value">Which.</param>
internal readonly record struct Choice<T>(T Value) : IParsable<Choice<T>>
    where T : struct, Enum
{
    /// <summary>The words.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetNames<T>().Select(ApiNames.Policy.ConvertName)];

    public static Choice<T> Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out Choice<T> choice) ? choice : throw new FormatException($"'{s}' is none of {string.Join(", ", Words)}.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Choice<T> result)
    {
        result = default;
        for (int i = 0; i < Words.Count; i++)
        {
            if (Words[i] == s)
            {
                result = new Choice<T>(Enum.GetValues<T>()[i]);
                return true;
            }
        }

        return false;
    }
}

/// <summary>Choices that may be left out.</summary>
internal static class ChoiceExtensions
{
    /// <summary>What was chosen, or else the first there is.</summary>
    public static T Or<T>(this Choice<T>? choice)
        where T : struct, Enum => choice?.Value ?? default;
}
