namespace SkyTree.Cluster.Replication;

/// <summary>The log that the nodes share, as the replicator needs it.</summary>
internal interface IClusterLog
{
    /// <summary>Whether this node leads, as far as it knows.</summary>
    bool IsLeader { get; }

    /// <summary>The term in which this node knows its leader.</summary>
    long Term { get; }

    /// <summary>The node that leads, as far as this one knows; null: none is known.</summary>
    Guid? Leader { get; }

    /// <summary>The nodes that vote; null: that is changing, or not all of them are known.</summary>
    IReadOnlyList<Guid>? Voters { get; }

    /// <summary>Appends an entry. One at a time.</summary>
    /// <param name="entry">The entry; must not change until this completes.</param>
    /// <param name="cancellationToken">Gives up waiting; what becomes of the entry is then unknown.</param>
    /// <returns>True: a majority has it, and it has been applied here. False: it may be applied yet, or never.</returns>
    ValueTask<bool> AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken);
}

/// <summary>The links to the other nodes, as the replicator needs them.</summary>
internal interface INodeLinks
{
    /// <summary>Sends a frame; never waits.</summary>
    /// <returns>False: there is no link, or no room in it.</returns>
    bool TrySend(Guid to, byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body = default);

    /// <summary>Waits until a link has room, or is gone.</summary>
    ValueTask WaitForRoomAsync(Guid to, CancellationToken cancellationToken);
}
