using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Backup;

/// <summary>What a backup is made of. Everything is open, and nobody deletes messages while the backup is made.</summary>
internal sealed record BackupSource
{
    /// <summary>The embedded database; it may be written meanwhile.</summary>
    public required StateDatabase Database { get; init; }

    /// <summary>Where messages are beside it; null: nowhere.</summary>
    public MessageStore? External { get; init; }

    /// <summary>The name of the store that holds the messages.</summary>
    public required string StoreName { get; init; }

    /// <summary>Makes a database of the same kind in a folder, not opened.</summary>
    public required Func<string, StateDatabase> CreateDatabase { get; init; }

    /// <summary>A folder on the database's disk, where the copy lies while the backup is made.</summary>
    public required string Folder { get; init; }

    /// <summary>The version of the program, for the manifest.</summary>
    public required string ProductVersion { get; init; }
}
