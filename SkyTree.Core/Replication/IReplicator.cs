using SkyTree.Core.Connections;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Replication;

/// <summary>Carries commands to the state, in one order.</summary>
internal interface IReplicator : IAsyncDisposable
{
    /// <summary>Gets to know who delivers to this process's clients.</summary>
    /// <returns>Who delivers to those of others; null: there are none.</returns>
    INeighbours? Attach(MessageRouter router);

    /// <summary>Begins, once the database is open and the state is loaded. Called once, before anything is proposed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Whether this process alone has the state.</summary>
    bool IsAlone { get; }

    /// <summary>Whether this process looks after what falls due, for all that have the state.</summary>
    bool IsLeader { get; }

    /// <summary>
    /// Whether this process knows all that was acknowledged anywhere, so that it may acknowledge and serve durable sessions.
    /// Asked at any moment; false as soon as others may act without it.
    /// </summary>
    bool IsServing { get; }

    /// <summary>How long clients are kept while it does not serve: an election takes less.</summary>
    TimeSpan Patience { get; }

    /// <summary>Completes when every process that serves has applied what this one has.</summary>
    ValueTask SettleAsync();

    /// <summary>
    /// Proposes a command. Completes when it has been applied at the durability it needs, synchronously where nothing has to be waited for.
    /// Flushes what the calling thread has appended, which waits for nothing; holding no lock, therefore.
    /// </summary>
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

    /// <summary>Where it stands with the others; null: this process alone has the state.</summary>
    ReplicationStatus? Status => null;

    /// <summary>Waits until it is neither choked nor full.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask WaitForRoomAsync(CancellationToken cancellationToken);
}
