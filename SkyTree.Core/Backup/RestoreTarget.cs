using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Backup;

/// <summary>Where a backup is restored to.</summary>
internal sealed record RestoreTarget
{
    /// <summary>The data folder: empty, or not there yet.</summary>
    public required string Folder { get; init; }

    /// <summary>The name of the embedded database's folder within it.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Makes an embedded database in a folder, not opened.</summary>
    public required Func<string, StateDatabase> CreateDatabase { get; init; }

    /// <summary>The store that is to have the messages, never used and not opened; disposed here. Null: the embedded database.</summary>
    public MessageStore? External { get; init; }

    /// <summary>The store's name.</summary>
    public required string StoreName { get; init; }
}
