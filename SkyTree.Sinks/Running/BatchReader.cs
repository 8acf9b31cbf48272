using SkyTree.Core.InProcess;

namespace SkyTree.Sinks.Running;

/// <summary>Reads messages in batches: full when they are enough, or large enough, or the first has waited long enough.</summary>
internal sealed class BatchReader(string sink, SinkOptions options, MessageSubscription subscription, int largest)
{
    /// <summary>The next batch; null: the broker stops.</summary>
    /// <param name="cancellationToken">Gives up; what has been read is not acknowledged, so it comes again.</param>
    /// <exception cref="SubscriptionEndedException">The broker has ended the subscription.</exception>
    public async Task<SinkBatch?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await subscription.ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } first)
        {
            return null;
        }

        List<SinkMessage> messages = [SinkMessage.Of(first)];
        long bytes = first.Payload.Length;
        using var linger = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        linger.CancelAfter(options.LingerMilliseconds);
        try
        {
            while (messages.Count < largest && bytes < options.BatchKilobytes * 1024L
                && await subscription.ReceiveAsync(linger.Token).ConfigureAwait(false) is { } next)
            {
                messages.Add(SinkMessage.Of(next));
                bytes += next.Payload.Length;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It has lingered.
        }

        return new SinkBatch(sink, messages);
    }
}
