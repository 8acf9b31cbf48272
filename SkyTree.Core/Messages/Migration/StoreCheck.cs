using SkyTree.Core.Replication;

namespace SkyTree.Core.Messages.Migration;

/// <summary>Compares where a database's messages are with where they are looked for.</summary>
internal static class StoreCheck
{
    /// <summary>Makes sure that the messages are in the store that is named, and nowhere else.</summary>
    /// <param name="storage">The storage; its database is open.</param>
    /// <exception cref="StateDatabaseException">They are in another one, or on their way.</exception>
    public static void Require(BrokerStorage storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
        StorePlan plan = StorePlan.Make(storage.Database, storage with { Migration = null });
        if (plan.Move != StoreMove.None)
        {
            throw new StateDatabaseException(plan.Move == StoreMove.GiveUp
                ? $"Messages are moving from {plan.Record.Store} to {plan.Record.MovingTo}; this can be done when they are there."
                : $"The messages of this folder are in {plan.Record.Store}, not in {storage.Name}.");
        }
    }
}
