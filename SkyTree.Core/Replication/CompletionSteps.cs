using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Replication;

/// <summary>What follows once changes are as safe as they must be: readers are told of messages, proposers of their proposals.</summary>
internal static class CompletionSteps
{
    private const int FlushEvery = 512; // steps between two flushes: latency against batches

    /// <summary>Takes the steps, in the log's order.</summary>
    /// <param name="steps">Each an <see cref="AppendedMessage"/> or a <see cref="Proposal"/>.</param>
    /// <param name="wake">Tells readers of a message.</param>
    /// <param name="log">Where it logs.</param>
    public static void Take(IReadOnlyList<object> steps, Action<AppendedMessage> wake, BrokerLog log)
    {
        int sinceFlush = 0;
        foreach (object step in steps)
        {
            try
            {
                if (step is AppendedMessage appended)
                {
                    wake(appended);
                    if (appended.CameFromElsewhere)
                    {
                        BrokerState.Pump(appended);
                    }
                }
                else
                {
                    ((Proposal)step).Complete();
                }
            }
            catch (Exception e)
            {
                log.CompletionFailed(e); // a bug; the others must not wait for ever
            }

            if (++sinceFlush == FlushEvery)
            {
                sinceFlush = 0;
                FlushList.FlushAll();
            }
        }

        FlushList.FlushAll();
    }
}
