using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Raft;

internal static partial class RaftLog
{
    [LoggerMessage(4001, LogLevel.Information, "Replicated log {Folder}: started as {EndPoint} with {Members} members, term {Term}, last entry {LastIndex}, committed {CommitIndex}, applied {AppliedIndex}, in {Milliseconds} ms")]
    public static partial void Started(ILogger logger, string folder, string endPoint, int members, long term, long lastIndex, long commitIndex, long appliedIndex, long milliseconds);

    [LoggerMessage(4002, LogLevel.Information, "Leader in term {Term}: {Leader}")]
    public static partial void LeaderChanged(ILogger logger, long term, string leader);

    [LoggerMessage(4003, LogLevel.Debug, "Checkpoint of entry {Index} taken in {Milliseconds} ms")]
    public static partial void CheckpointTaken(ILogger logger, long index, long milliseconds);

    [LoggerMessage(4004, LogLevel.Warning, "The old checkpoint {Folder} was not deleted: {Reason}")]
    public static partial void CheckpointNotDeleted(ILogger logger, string folder, string reason);

    [LoggerMessage(4005, LogLevel.Information, "Fetching the checkpoint of entry {Index} from {NodeId}: {Files} files, {Bytes} bytes")]
    public static partial void Fetching(ILogger logger, long index, string nodeId, int files, long bytes);

    [LoggerMessage(4006, LogLevel.Information, "The checkpoint of entry {Index} from {NodeId} is here")]
    public static partial void Fetched(ILogger logger, long index, string nodeId);

    [LoggerMessage(4007, LogLevel.Warning, "The checkpoint of entry {Index} was not fetched from {NodeId}; it is tried again as long as the leader offers it: {Reason}")]
    public static partial void FetchFailed(ILogger logger, long index, string nodeId, string reason);

    [LoggerMessage(4008, LogLevel.Information, "The state was replaced by the checkpoint of entry {Index}")]
    public static partial void Installed(ILogger logger, long index);

    [LoggerMessage(4009, LogLevel.Critical, "Entry {Index} could not be applied. The log of this node has ended; start the process again when the cause is gone")]
    public static partial void ApplyFailed(ILogger logger, long index, Exception exception);

    [LoggerMessage(4010, LogLevel.Critical, "The log of this node has failed; start the process again when the cause is gone")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(4011, LogLevel.Information, "Member {EndPoint} {Change}")]
    public static partial void MemberChanged(ILogger logger, string endPoint, string change);

    [LoggerMessage(4012, LogLevel.Error, "A handler of the leader's change failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(4013, LogLevel.Information, "Founded a cluster on a state that has data, as of entry {Index}")]
    public static partial void Founded(ILogger logger, long index);
}
