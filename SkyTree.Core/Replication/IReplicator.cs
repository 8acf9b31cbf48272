namespace SkyTree.Core.Replication;

/// <summary>Carries commands to the state, in one order.</summary>
internal interface IReplicator
{
    /// <summary>Proposes a command. Completes when it has been applied at the durability asked for, synchronously where nothing has to be waited for.</summary>
    ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command);
}
