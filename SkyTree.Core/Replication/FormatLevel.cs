namespace SkyTree.Core.Replication;

/// <summary>
/// How new what is written may be: commands, records of the state, frames between nodes. The state has one level, the
/// same on all nodes, since a command raised it (<see cref="RaiseLevel"/>); it never falls. A release reads
/// all levels from <see cref="Oldest"/> to <see cref="Newest"/> and writes any of them.
/// </summary>
/// <remarks>
/// Who adds to a format raises <see cref="Newest"/> by one, gives the addition a name here, writes it at that level only,
/// and says so in <see cref="Command.FirstLevel"/> for a new command, in <see cref="Command{TResult}.At"/> for a new part of one.
/// </remarks>
internal static class FormatLevel
{
    /// <summary>The lowest that is read.</summary>
    public const int Oldest = 1;

    /// <summary>The highest that is read.</summary>
    public const int Newest = 2;

    /// <summary>From this one on a session keeps when and why its connection ended.</summary>
    public const int Disconnections = 2;

    /// <summary>From this one on what nodes send each other about a shard's log names the shard.</summary>
    public const int ShardsInFrames = 2;

    /// <summary>From this one on people choose which node hands out what a shared group reads.</summary>
    public const int ChosenDispatchers = 2;

    /// <summary>The one to write where nobody else has a say.</summary>
    /// <param name="bound">The operator's; 0: none.</param>
    public static int Within(int bound) => bound == 0 ? Newest : Math.Min(bound, Newest);
}
