using System.Buffers;

namespace SkyTree.Cluster.Peers;

/// <summary>
/// What a node does with what comes from others. The calls that concern one peer's frames come one after the other:
/// connected, frames and batch ends, disconnected, and so on again. Requests come at any time, on any thread.
/// </summary>
internal interface IPeerHandler
{
    /// <summary>A node's stream to this one begins.</summary>
    /// <param name="from">The node.</param>
    /// <param name="incarnation">Which of its lives it is in.</param>
    void OnConnected(NodeId from, long incarnation);

    /// <summary>
    /// One frame, in the order sent. Must not wait for long: nothing else of this peer is read meanwhile, and its sender is
    /// held back. An exception ends the stream.
    /// </summary>
    /// <param name="from">The node that sent it.</param>
    /// <param name="kind">What the sender called it.</param>
    /// <param name="body">Valid during the call.</param>
    void OnFrame(NodeId from, byte kind, ReadOnlySequence<byte> body);

    /// <summary>The frames that came together have been given: time to flush what they caused.</summary>
    void OnBatchEnd(NodeId from);

    /// <summary>The stream has ended, and what the node sent since the last frame is lost. Follows each <see cref="OnConnected"/>.</summary>
    void OnDisconnected(NodeId from, long incarnation);

    /// <summary>Answers a request.</summary>
    /// <param name="from">The node that asks.</param>
    /// <param name="kind">What it asks.</param>
    /// <param name="body">The handler's to keep.</param>
    /// <param name="cancellationToken">The node has given up or is gone.</param>
    /// <exception cref="PeerException"><see cref="PeerError.Refused"/>, to be told to the node with its message. Any other exception is told as <see cref="PeerError.Failed"/>.</exception>
    ValueTask<ReadOnlyMemory<byte>> OnRequestAsync(NodeId from, byte kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a file that another node may fetch. A fetch opens it many times, once for each piece, so the file behind a
    /// name must not change.
    /// </summary>
    /// <returns>A stream that can seek, to be disposed by the caller; null: there is no such file.</returns>
    Stream? OpenFile(NodeId from, string name);

    /// <summary>A node was refused, which comes again and again. On any thread; must not throw.</summary>
    /// <param name="from">The node.</param>
    /// <param name="reason">Why, as it and the log are told.</param>
    void OnRefused(NodeId from, string reason)
    {
    }

    /// <summary>This node's own stream to another is there: what is sent from now on arrives in order, or the link goes down.</summary>
    void OnLinkUp(PeerLink link)
    {
    }

    /// <summary>
    /// This node's own stream to another has ended. Follows each <see cref="OnLinkUp"/>; that of a link which was replaced, since
    /// its address has changed, may come when the new one is up.
    /// </summary>
    void OnLinkDown(PeerLink link)
    {
    }
}
