using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Peers;

/// <summary>Log messages of the links between nodes: events 4100 to 4199.</summary>
internal static partial class Log
{
    [LoggerMessage(4100, LogLevel.Information, "Linked to node {Node} at {Address}; both read format levels up to {Level}.")]
    public static partial void LinkUp(ILogger logger, NodeId node, Uri address, int level);

    [LoggerMessage(4101, LogLevel.Warning, "The link to node {Node} at {Address} has ended ({Lost} frames were not sent): {Reason}")]
    public static partial void LinkDown(ILogger logger, NodeId node, Uri address, int lost, string reason);

    [LoggerMessage(4102, LogLevel.Warning, "No link to node {Node} at {Address}, trying on: {Reason}")]
    public static partial void LinkFailed(ILogger logger, NodeId node, Uri address, string reason);

    [LoggerMessage(4103, LogLevel.Information, "Node {Node} has linked to this one.")]
    public static partial void PeerUp(ILogger logger, NodeId node);

    [LoggerMessage(4104, LogLevel.Information, "The link from node {Node} has ended: {Reason}")]
    public static partial void PeerDown(ILogger logger, NodeId node, string reason);

    [LoggerMessage(4105, LogLevel.Warning, "Node {Node} from {Remote} was refused: {Reason}")]
    public static partial void PeerRefused(ILogger logger, NodeId node, string remote, string reason);

    [LoggerMessage(4106, LogLevel.Error, "A frame from node {Node} could not be handled; its link is ended.")]
    public static partial void FrameFailed(ILogger logger, Exception exception, NodeId node);

    [LoggerMessage(4107, LogLevel.Error, "A request of kind {Kind} from node {Node} failed.")]
    public static partial void RequestFailed(ILogger logger, Exception exception, byte kind, NodeId node);

    [LoggerMessage(4108, LogLevel.Error, "The links' handler failed on a change of the link to node {Node}.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, NodeId node);
}
