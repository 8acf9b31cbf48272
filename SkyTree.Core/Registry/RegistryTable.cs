using System.Text;

namespace SkyTree.Core.Registry;

/// <summary>
/// What people configure while the broker runs, the same on every node. Changed by commands alone; readers take a snapshot
/// of a collection and hold no lock.
/// </summary>
internal sealed class RegistryTable
{
    /// <summary>Bytes of a key, at most.</summary>
    public const int LongestKey = 1024;

    /// <summary>Bytes of an entry's content, at most.</summary>
    public const int LongestContent = 64 * 1024;

    private const int Collections = 32;

    private readonly RegistrySnapshot[] _snapshots = [.. Enumerable.Repeat(RegistrySnapshot.Empty, Collections)]; // each replaced whole, when a command is applied
    private readonly Action?[] _watchers = new Action?[Collections]; // guarded by _gate
    private readonly Lock _gate = new();
    private long _lastVersion; // of all changes; written when a command is applied

    /// <summary>A collection as it is now.</summary>
    /// <param name="collection">Which.</param>
    public RegistrySnapshot this[RegistryCollection collection] => Volatile.Read(ref _snapshots[(int)collection]);

    /// <summary>Has somebody told after each change of a collection, also when the whole state has been replaced.</summary>
    /// <param name="collection">Which.</param>
    /// <param name="changed">Is told, in the order of changes, while the next one waits: must be quick, and neither throw nor block.</param>
    public void Watch(RegistryCollection collection, Action changed)
    {
        lock (_gate)
        {
            _watchers[(int)collection] += changed;
        }
    }

    /// <summary>Entries that a collection may have.</summary>
    /// <param name="collection">Which.</param>
    public static int MaximumEntries(RegistryCollection collection) => collection switch
    {
        RegistryCollection.Users => 1_000_000,
        RegistryCollection.Bans => 100_000,
        RegistryCollection.LastUses => 20_000,
        _ => 10_000,
    };

    internal RegistryOutcome Apply(IReadOnlyList<RegistryChange> changes, IReadOnlyList<RegistryCondition> conditions)
    {
        foreach (RegistryCondition condition in conditions)
        {
            if (!IsKnown(condition.Collection) || this[condition.Collection].Version != condition.Version)
            {
                return new RegistryOutcome(RegistryFailure.Changed, -1, 0);
            }
        }

        if (changes.Count == 0)
        {
            return new RegistryOutcome(RegistryFailure.None, -1, _lastVersion); // nothing is kept that a raised version could be read from
        }

        long version = _lastVersion + 1;
        var made = new Dictionary<RegistryCollection, RegistrySnapshot>();
        for (int i = 0; i < changes.Count; i++)
        {
            if (Apply(changes[i], version, made) is var failure && failure != RegistryFailure.None)
            {
                return new RegistryOutcome(failure, i, 0);
            }
        }

        _lastVersion = version;
        foreach ((RegistryCollection collection, RegistrySnapshot snapshot) in made)
        {
            Volatile.Write(ref _snapshots[(int)collection], snapshot);
        }

        foreach (RegistryCollection collection in made.Keys)
        {
            Tell(collection);
        }

        return new RegistryOutcome(RegistryFailure.None, -1, version);
    }

    /// <summary>Takes over what a database holds.</summary>
    internal void Replace(IReadOnlyDictionary<RegistryCollection, RegistrySnapshot> snapshots)
    {
        _lastVersion = snapshots.Values.Select(snapshot => snapshot.Version).DefaultIfEmpty().Max();
        for (int i = 0; i < Collections; i++)
        {
            Volatile.Write(ref _snapshots[i], snapshots.GetValueOrDefault((RegistryCollection)i, RegistrySnapshot.Empty));
        }

        for (int i = 0; i < Collections; i++)
        {
            Tell((RegistryCollection)i);
        }
    }

    private RegistryFailure Apply(RegistryChange change, long version, Dictionary<RegistryCollection, RegistrySnapshot> made)
    {
        if (!IsKnown(change.Collection)
            || change.Key.Length == 0 || change.Key.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(change.Key) > LongestKey
            || change.Content?.Length > LongestContent)
        {
            return RegistryFailure.Unfit;
        }

        RegistrySnapshot now = made.GetValueOrDefault(change.Collection) ?? this[change.Collection];
        bool exists = now.TryGet(change.Key, out RegistryEntry? entry);
        if (change.Expected is { } expected && expected != (entry?.Version ?? 0))
        {
            return expected == 0 ? RegistryFailure.Exists : exists ? RegistryFailure.Changed : RegistryFailure.Missing;
        }

        if (change.Content is not { } content)
        {
            made[change.Collection] = now.Without(change.Key, version);
            return RegistryFailure.None;
        }

        if (!exists && now.Count >= MaximumEntries(change.Collection))
        {
            return RegistryFailure.Full;
        }

        made[change.Collection] = now.With(new RegistryEntry(change.Key, version, content));
        return RegistryFailure.None;
    }

    private void Tell(RegistryCollection collection)
    {
        Action? watchers;
        lock (_gate)
        {
            watchers = _watchers[(int)collection];
        }

        watchers?.Invoke();
    }

    private static bool IsKnown(RegistryCollection collection) => (int)collection is > 0 and < Collections;
}
