namespace SkyTree.Core.Replication;

/// <summary>
/// For how long this process has been out of touch with its cluster. Its clients are kept for as long as an election takes,
/// unserved: sessions may have other owners by now. Beyond that they are better off elsewhere.
/// </summary>
/// <param name="replicator">Knows whether it is in touch.</param>
/// <param name="time">The clock.</param>
internal sealed class Outage(IReplicator replicator, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private const long Never = long.MinValue;

    private long _servedAt = Never; // timestamp at which it was last seen to serve; written by the ticker

    /// <summary>Whether clients are not to wait for its end any longer. Nobody waits for a node that has not served yet.</summary>
    public bool IsTooLong => !replicator.IsServing
        && (Volatile.Read(ref _servedAt) is var servedAt && (servedAt == Never || time.GetElapsedTime(servedAt) > replicator.Patience));

    /// <summary>Called often.</summary>
    public void Observe()
    {
        if (replicator.IsServing)
        {
            Volatile.Write(ref _servedAt, time.GetTimestamp());
        }
    }

    /// <summary>Waits until this process serves.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False: it has been going on for too long, or was given up.</returns>
    public async ValueTask<bool> WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (!replicator.IsServing)
        {
            if (IsTooLong || cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return true;
    }
}
