using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Replication;

/// <content>The format level: it is the version of the database's layout, too, so that a release that does not know it opens nothing.</content>
internal sealed partial class BrokerState
{
    /// <summary>The level at which commands, records and frames are written. Written when a command is applied; read by any thread. Never falls.</summary>
    public int Level => _level;

    internal bool Apply(RaiseLevel command)
    {
        if (command.Level <= _level)
        {
            return false; // it was proposed again before it was applied
        }

        _level = command.Level;
        Touch(_changes);
        Require(Durability.QuorumFsync);
        return true;
    }

    /// <summary>Adds a change that changes nothing, for when only the writing matters.</summary>
    public void Touch(StateBatch batch) => batch.Put([StateKey.Layout], [(byte)_level]);

    /// <exception cref="StateDatabaseException">A later release has written it.</exception>
    private void LoadLevel(StateDatabase database)
    {
        switch (database.Get([StateKey.Layout]))
        {
            case null:
                using (StateBatch batch = database.CreateBatch())
                {
                    Touch(batch);
                    database.Write(batch, sync: true);
                }

                break;
            case [>= FormatLevel.Oldest and <= FormatLevel.Newest and var level]:
                _level = level;
                break;
            case [var later, ..] when later > FormatLevel.Newest:
                throw new StateDatabaseException(
                    $"The state database has format level {later}, and this release reads up to {FormatLevel.Newest}: a later release has written it. Start that one, or restore a backup from before.");
            default:
                throw new StateDatabaseException("The state database has no format level that makes sense. Restore a backup.");
        }
    }
}
