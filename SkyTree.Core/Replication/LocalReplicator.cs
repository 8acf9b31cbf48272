using SkyTree.Core.Messages;

namespace SkyTree.Core.Replication;

/// <summary>One node's replicator: applies commands at once, one at a time. State and messages are in memory.</summary>
internal sealed class LocalReplicator(BrokerState state, InMemoryMessageStore store, TimeProvider time) : IReplicator
{
    private readonly Lock _gate = new();
    private long _nowMs; // guarded by _gate

    public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command)
    {
        lock (_gate)
        {
            // Time never goes back for the state, whatever the clock does.
            _nowMs = Math.Max(_nowMs, time.GetUtcNow().ToUnixTimeMilliseconds());
            state.StoredBytes = store.Bytes;
            TResult result = state.Apply(command, _nowMs);
            if (state.TakeAppended() is { } appended)
            {
                store.Append(appended.Message);
                BrokerState.Wake(appended);
            }

            return new ValueTask<TResult>(result);
        }
    }
}
