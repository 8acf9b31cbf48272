namespace SkyTree.Core.Hooks;

/// <summary>
/// What connections of this node remember of the answers of <see cref="IAuthorizeHook"/>: whoever knows that an answer has changed has them
/// forgotten. It needs no broker to be made, so a hook can have it.
/// </summary>
public sealed class AuthorizeMemory
{
    private readonly List<Func<string?, CancellationToken, Task>> _brokers = []; // guarded by itself

    /// <summary>
    /// Has answers forgotten. Publishes are asked about anew from now on. Standing subscriptions are asked about at once; until there is an answer, and where
    /// a hook fails, the one before stands.
    /// </summary>
    /// <param name="clientId">Of which client; null: of all.</param>
    /// <param name="cancellationToken">Gives up waiting for the answers; they count all the same as they come.</param>
    /// <returns>Completes when every hook has answered for the subscriptions that stood.</returns>
    public Task ForgetAsync(string? clientId = null, CancellationToken cancellationToken = default)
    {
        Func<string?, CancellationToken, Task>[] brokers;
        lock (_brokers)
        {
            brokers = [.. _brokers];
        }

        return Task.WhenAll(brokers.Select(forget => forget(clientId, cancellationToken))).WaitAsync(cancellationToken);
    }

    /// <summary>Adds a broker whose connections forget.</summary>
    internal void Attach(Func<string?, CancellationToken, Task> forget)
    {
        lock (_brokers)
        {
            _brokers.Add(forget);
        }
    }

    /// <summary>The broker has ended.</summary>
    internal void Detach(Func<string?, CancellationToken, Task> forget)
    {
        lock (_brokers)
        {
            _brokers.Remove(forget);
        }
    }
}
