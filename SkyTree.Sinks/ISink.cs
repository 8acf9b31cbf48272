namespace SkyTree.Sinks;

/// <summary>
/// Writes messages to another system. It is made when its sink begins to run on this node, and made anew after the broker has ended
/// the sink's session; it has one caller at a time. It may block: it is never called on the thread of a socket.
/// </summary>
public interface ISink : IAsyncDisposable
{
    /// <summary>Where it writes to, for people: an address, a folder. Nothing secret.</summary>
    string Target { get; }

    /// <summary>
    /// Writes a batch, all of it or as much as it can: what it returns from is acknowledged and does not come again, what it throws in comes
    /// again as the same batch. A batch may also come again that has been written, after a crash or a failover: <see cref="SinkBatch.Id"/> and
    /// <see cref="SinkMessage.Id"/> tell.
    /// </summary>
    /// <param name="batch">The messages in their order.</param>
    /// <param name="cancellationToken">The time limit of the sink's options is over, or the broker stops.</param>
    /// <exception cref="SinkRejectedException">
    /// The other system will never take it. A batch of several is tried again in halves, so that only those are given up that it is about.
    /// </exception>
    /// <exception cref="SinkUnavailableException">The other system asks for patience, and says for how long.</exception>
    /// <remarks>Any other exception means: not now. It is tried again after a while.</remarks>
    ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken);
}
