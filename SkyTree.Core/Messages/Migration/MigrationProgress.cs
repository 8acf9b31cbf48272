namespace SkyTree.Core.Messages.Migration;

/// <summary>How far a migration has come.</summary>
/// <param name="Done">Messages that are in the new store.</param>
/// <param name="Total">Messages that there are to be moved, about; what is published meanwhile comes on top.</param>
/// <param name="IsComplete">Whether the old store is no longer needed.</param>
internal readonly record struct MigrationProgress(long Done, long Total, bool IsComplete);
