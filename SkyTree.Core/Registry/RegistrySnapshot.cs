using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Core.Registry;

/// <summary>A collection of the registry at one moment, in the order of its keys. Immutable.</summary>
internal sealed class RegistrySnapshot
{
    private readonly ImmutableSortedSet<RegistryEntry> _entries;

    internal RegistrySnapshot(long version, ImmutableSortedSet<RegistryEntry> entries)
    {
        Version = version;
        _entries = entries;
    }

    /// <summary>The number of the collection's last change, removals included; 0: it has never been changed.</summary>
    public long Version { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>All of them, in order.</summary>
    public IReadOnlyList<RegistryEntry> Entries => _entries;

    internal static RegistrySnapshot Empty { get; } = new(0, ImmutableSortedSet.Create<RegistryEntry>(ByKey.Instance));

    /// <summary>Finds an entry.</summary>
    /// <param name="key">Its key, compared byte by byte.</param>
    /// <param name="entry">The entry, when true is returned.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out RegistryEntry? entry)
    {
        bool found = _entries.TryGetValue(Probe(key), out RegistryEntry actual);
        entry = found ? actual : null;
        return found;
    }

    /// <summary>The entries behind a key, which need not be there, in order; an empty key: all.</summary>
    /// <param name="key">The key.</param>
    public IEnumerable<RegistryEntry> After(string key)
    {
        int index = key.Length == 0 ? 0 : _entries.IndexOf(Probe(key));
        for (int i = key.Length == 0 ? 0 : index < 0 ? ~index : index + 1; i < _entries.Count; i++)
        {
            yield return _entries[i];
        }
    }

    internal RegistrySnapshot With(RegistryEntry entry) => new(entry.Version, Without(entry.Key).Add(entry));

    internal RegistrySnapshot Without(string key, long version) => new(version, Without(key));

    internal static RegistrySnapshot Of(long version, IEnumerable<RegistryEntry> entries) => new(version, ImmutableSortedSet.CreateRange(ByKey.Instance, entries));

    private ImmutableSortedSet<RegistryEntry> Without(string key) => _entries.Remove(Probe(key));

    private static RegistryEntry Probe(string key) => new(key, 0, default);

    private sealed class ByKey : IComparer<RegistryEntry>
    {
        public static ByKey Instance { get; } = new();

        public int Compare(RegistryEntry? x, RegistryEntry? y) => string.CompareOrdinal(x?.Key, y?.Key);
    }
}
