using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Filters that somebody has given a name, kept by their browser.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Query">The part of the address, without its question mark.</param>
public sealed record SavedView(string Name, string Query)
{
    private const int MostViews = 30;

    /// <summary>Reads what the browser keeps; what is not understood is none.</summary>
    /// <param name="text">What it keeps.</param>
    public static IReadOnlyList<SavedView> Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        try
        {
            return [.. (JsonSerializer.Deserialize<List<SavedView>>(text) ?? []).Where(view => view is { Name.Length: > 0, Query: not null }).Take(MostViews)];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>Adds one, in place of another of its name.</summary>
    /// <param name="views">Those before.</param>
    /// <param name="added">What is added.</param>
    public static IReadOnlyList<SavedView> Add(IReadOnlyList<SavedView> views, SavedView added) =>
        [.. views.Where(view => view.Name != added.Name).Append(added).OrderBy(view => view.Name, StringComparer.OrdinalIgnoreCase).Take(MostViews)];

    /// <summary>What the browser is to keep; null: nothing.</summary>
    /// <param name="views">The views.</param>
    public static string? Write(IReadOnlyList<SavedView> views) => views.Count == 0 ? null : JsonSerializer.Serialize(views);

    /// <summary>The filters of an address, in an order of their own; empty: it has none.</summary>
    /// <param name="address">The address.</param>
    /// <param name="names">The filters' names.</param>
    public static string QueryOf(string address, IReadOnlyList<string> names)
    {
        Dictionary<string, Microsoft.Extensions.Primitives.StringValues> query = QueryHelpers.ParseQuery(new Uri(address).Query);
        return string.Join('&', names.Where(name => query.TryGetValue(name, out var value) && !string.IsNullOrEmpty(value))
            .Select(name => $"{name}={Uri.EscapeDataString(query[name].ToString())}"));
    }
}
