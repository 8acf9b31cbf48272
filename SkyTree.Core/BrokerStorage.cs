using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;

namespace SkyTree.Core;

/// <summary>Where a broker keeps its sessions and messages. The broker opens and disposes it.</summary>
internal sealed record BrokerStorage
{
    /// <summary>The embedded database of sessions and, unless there is an external store, of messages.</summary>
    public required StateDatabase Database { get; init; }

    /// <summary>A database of messages elsewhere, to which they are taken after they were acknowledged; null: they stay in the embedded one.</summary>
    public MessageStore? External { get; init; }

    /// <summary>
    /// The name of the store that holds the messages, kept in the database: a start with another name is refused, since what
    /// durable sessions wait for would not be there. Empty: not checked.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>From where messages are to be moved while the broker serves; null: from nowhere.</summary>
    public StoreMigration? Migration { get; init; }

    /// <summary>Makes a database of the same kind as <see cref="Database"/> in a folder, not opened; null: backups cannot be made.</summary>
    public Func<string, StateDatabase>? CreateDatabase { get; init; }

    /// <summary>How messages and sessions are kept.</summary>
    public StoreOptions Options { get; init; } = new();

    /// <summary>This node of a cluster; empty: there is none.</summary>
    internal Guid Node { get; init; }

    /// <summary>Makes what carries commands to the state; null: this process alone has it.</summary>
    internal Func<ReplicatorParts, IReplicator>? CreateReplicator { get; init; }

    /// <summary>The folder whose disk must keep its reserve free; null: none is watched.</summary>
    public string? Folder { get; init; }

    /// <summary>Everything in this process's memory, gone with it.</summary>
    /// <param name="options">How much memory messages may take, and more.</param>
    public static BrokerStorage InMemory(StoreOptions? options = null)
    {
        options ??= new StoreOptions();
        return new BrokerStorage { Database = new MemoryDatabase(options.MemoryMegabytes * 1024L * 1024L), Options = options };
    }
}
