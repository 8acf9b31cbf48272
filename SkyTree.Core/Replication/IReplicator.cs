namespace SkyTree.Core.Replication;

/// <summary>Carries commands to the state, in one order.</summary>
internal interface IReplicator : IAsyncDisposable
{
    /// <summary>Begins, once the database is open and the state is loaded. Called once, before anything is proposed.</summary>
    void Start();

    /// <summary>Proposes a command. Completes when it has been applied at the durability it needs, synchronously where nothing has to be waited for.</summary>
    /// <param name="command">The command.</param>
    ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command);

    /// <summary>Proposes a command for somebody who is told in the log's order; before this returns where nothing has to be waited for.</summary>
    /// <param name="command">The command.</param>
    /// <param name="proposal">Who is told.</param>
    void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal);

    /// <summary>Whether so much waits to be written that who can wait should.</summary>
    bool IsChoked { get; }

    /// <summary>Whether nothing more can be stored for now: the disk or the outbox is full. Proposals that would store messages are refused.</summary>
    bool IsFull { get; }

    /// <summary>Told by whoever watches the disk and the outbox.</summary>
    void SetFull(bool full);

    /// <summary>Waits until it is neither choked nor full.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask WaitForRoomAsync(CancellationToken cancellationToken);
}
