using SkyTree.Core.Admin;

namespace SkyTree.Core.Registry;

/// <summary>Pages of a collection, by the keys of its entries.</summary>
internal static class RegistryPage
{
    private const int LongestSearch = 100_000; // entries that one call looks at

    public static Page<T> Of<T>(RegistrySnapshot snapshot, string? after, int limit, Func<RegistryEntry, T> show, Func<RegistryEntry, bool>? fits = null, string prefix = "")
    {
        Paging.RequireLimit(limit);
        string begin = Paging.Decode(after, 1) is [{ } key] ? key : "";
        List<T> items = [];
        string last = begin;
        int seen = 0;
        bool begins = prefix.Length > 0 && string.CompareOrdinal(begin, prefix) < 0;
        foreach (RegistryEntry entry in Entries(snapshot, begins ? prefix : begin, inclusive: begins))
        {
            if (!entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            if (items.Count == limit || seen == LongestSearch)
            {
                return new Page<T>(items, Paging.Encode(last));
            }

            seen++;
            last = entry.Key;
            if (fits?.Invoke(entry) != false)
            {
                items.Add(show(entry));
            }
        }

        return new Page<T>(items, null);
    }

    private static IEnumerable<RegistryEntry> Entries(RegistrySnapshot snapshot, string key, bool inclusive) =>
        inclusive && snapshot.TryGet(key, out RegistryEntry? exact) ? snapshot.After(key).Prepend(exact) : snapshot.After(key);
}
