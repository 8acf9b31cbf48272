using Microsoft.Extensions.Logging;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;

namespace SkyTree.Core;

/// <summary>The broker: serves connections that listeners hand over. One per process is usual; several are independent.</summary>
public sealed class Broker : IAsyncDisposable
{
    /// <summary>Creates a broker.</summary>
    /// <param name="options">What it allows and announces; validated by the caller.</param>
    /// <param name="authenticators">The chain, asked in order; one that ends without a verdict refuses.</param>
    /// <param name="methods">Enhanced authentication methods.</param>
    /// <param name="authorizer">Judges publishes and subscriptions.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where it logs.</param>
    public Broker(
        BrokerOptions options,
        IEnumerable<IAuthenticator> authenticators,
        IEnumerable<IAuthenticationMethod> methods,
        IAuthorizer authorizer,
        TimeProvider timeProvider,
        ILoggerFactory loggerFactory)
    {
        throw new NotImplementedException();
    }

    /// <summary>Serves one connection until it ends. Does not throw for anything that a client does.</summary>
    /// <param name="connection">What the listener accepted.</param>
    public Task ServeAsync(ListenerConnection connection) => throw new NotImplementedException();

    /// <summary>Starts timers and <c>$SYS</c>.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops gracefully: sends due wills, DISCONNECT 0x8B to every client, flushes, and returns when all are gone or <paramref name="cancellationToken"/> is cancelled.</summary>
    public ValueTask StopAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
