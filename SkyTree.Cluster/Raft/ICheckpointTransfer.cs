namespace SkyTree.Cluster.Raft;

/// <summary>Brings a checkpoint's files from the node that wrote them, beside the replicated log.</summary>
internal interface ICheckpointTransfer
{
    /// <summary>
    /// Fetches all files of a manifest. The other node serves them by <see cref="RaftNode.OpenCheckpointFile"/> and keeps them
    /// as long as they are asked for.
    /// </summary>
    /// <param name="manifest">What to fetch and from where.</param>
    /// <param name="folder">
    /// A folder that exists. An earlier attempt at the same manifest may have left files in it: those of full length are done,
    /// shorter ones may be continued, since a checkpoint's files never change.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the checkpoint is not wanted any more, or the node stops.</param>
    /// <returns>A task that ends when every file is there, or with an exception: it is tried again as long as the leader offers it.</returns>
    Task FetchAsync(CheckpointManifest manifest, string folder, CancellationToken cancellationToken);
}
