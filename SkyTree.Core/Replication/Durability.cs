namespace SkyTree.Core.Replication;

/// <summary>How safe a change must be before it is acknowledged.</summary>
internal enum Durability
{
    /// <summary>In this process's memory; it is written soon after, but nobody waits for that.</summary>
    Memory,

    /// <summary>Handed to the operating system: outlives the process, not a loss of power. In a cluster a majority has it on disk.</summary>
    Quorum,

    /// <summary>On the disk: outlives a loss of power.</summary>
    QuorumFsync,
}
