namespace SkyTree.Cluster.Tests.Chaos.History;

/// <summary>
/// Judges whether a register's history is linearizable: whether each operation can have happened at one moment between its
/// call and its return, in an order in which everybody sees what was set last.
/// </summary>
/// <remarks>
/// No value is set twice, so no search is needed (Gibbons and Korach, Testing Shared Memories, 1997): the operations with one value
/// lie side by side in any such order. From the first return of one of them to the last call of another the register must
/// have had that value; so no two such times may overlap, and no other value can have its place within one.
/// </remarks>
internal static class RegisterChecker
{
    /// <summary>Says why a history is not linearizable; null if it is.</summary>
    /// <param name="operations">All operations, in any order. Nothing was there before them.</param>
    /// <exception cref="ArgumentException">A value was set twice.</exception>
    public static string? Judge(IEnumerable<RegisterOperation> operations)
    {
        RegisterOperation nothing = new("at the beginning, nobody", IsSet: true, "", TimeSpan.MinValue, TimeSpan.MinValue);
        List<Zone> zones = [];
        foreach (IGrouping<string, RegisterOperation> value in operations.Prepend(nothing).GroupBy(operation => operation.Value))
        {
            RegisterOperation[] sets = [.. value.Where(operation => operation.IsSet)];
            if (sets.Length > 1)
            {
                throw new ArgumentException($"'{value.Key}' was set more than once.", nameof(operations));
            }

            if (sets.Length == 0)
            {
                return $"{value.First()}, which nobody set";
            }

            if (value.FirstOrDefault(operation => operation.Latest < sets[0].CalledAt) is { } early)
            {
                return $"{early}, and only then {sets[0]}";
            }

            zones.Add(new Zone(value.MinBy(operation => operation.Latest)!, value.MaxBy(operation => operation.CalledAt)!));
        }

        Zone? last = null; // of those in which the register has one value for certain
        foreach (Zone zone in zones.OrderBy(zone => zone.From))
        {
            if (last is not null && (zone.IsCertain ? zone.From < last.To : last.From < zone.From && zone.To < last.To))
            {
                return $"{last.First}; {last.Last}; between them {zone.First}{(zone.First == zone.Last ? "" : $"; {zone.Last}")}";
            }

            last = zone.IsCertain ? zone : last;
        }

        return null;
    }

    /// <param name="First">Of the operations with a value the one that returned first.</param>
    /// <param name="Last">The one that was called last.</param>
    private sealed record Zone(RegisterOperation First, RegisterOperation Last)
    {
        /// <summary>Whether one operation returned before another was called, so that the register had the value between them; else it had it at some moment, at least.</summary>
        public bool IsCertain => First.Latest < Last.CalledAt;

        public TimeSpan From => IsCertain ? First.Latest : Last.CalledAt;

        public TimeSpan To => IsCertain ? Last.CalledAt : First.Latest;
    }
}
