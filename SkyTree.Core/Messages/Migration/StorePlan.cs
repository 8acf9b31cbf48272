using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages.Migration;

/// <summary>What is to be done before the messages of a database can be used: nothing, or to move them.</summary>
/// <param name="Move">What it is.</param>
/// <param name="Record">What the database knows.</param>
internal sealed record StorePlan(StoreMove Move, StoreRecord Record)
{
    /// <summary>Compares what is asked for with where the messages are.</summary>
    /// <exception cref="StateDatabaseException">The messages are elsewhere.</exception>
    public static StorePlan Make(StateDatabase database, BrokerStorage storage)
    {
        StoreRecord? known = StoreRecord.Read(database);
        string name = storage.Name;
        string? from = storage.Migration?.Name;
        if (known is null)
        {
            known = storage.Migration is { } migration
                ? new StoreRecord(migration.Name, migration.External is null)
                : new StoreRecord(name, storage.External is null);
        }
        else if (from is not null && known.Store == from && known.MovingTo == name)
        {
            return new StorePlan(StoreMove.Resume, known);
        }
        else if (known.Store == name && known.MovingTo.Length == 0 && (from is null || from == known.MovedFrom))
        {
            return new StorePlan(StoreMove.None, known);
        }

        if (from is null)
        {
            return known.Store == name ? new StorePlan(known.MovingTo.Length > 0 ? StoreMove.GiveUp : StoreMove.None, known)
                : known.IsEmbedded && known.MovingTo.Length == 0 ? new StorePlan(StoreMove.Begin, known)
                : throw Elsewhere(known, name);
        }

        return known.Store == from && known.MovingTo.Length == 0 ? new StorePlan(StoreMove.Begin, known) : throw Elsewhere(known, from);
    }

    private static StateDatabaseException Elsewhere(StoreRecord known, string asked) => new(
        known.MovingTo.Length > 0
            ? $"The messages of this folder are on their way from {known.Store} to {known.MovingTo}: use {known.MovingTo} and migrate from {known.Store} until they are there, or {known.Store} alone to give that up."
            : $"The messages of this folder are in {known.Store}, not in {asked}. Use that store, or migrate from it.");
}

/// <summary>What is to be done with the messages.</summary>
internal enum StoreMove
{
    /// <summary>They are where they should be.</summary>
    None,

    /// <summary>They are to be moved.</summary>
    Begin,

    /// <summary>They are being moved.</summary>
    Resume,

    /// <summary>They were being moved, and are to stay where they are.</summary>
    GiveUp,
}
