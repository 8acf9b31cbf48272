using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Hooks;
using SkyTree.Core.Listeners;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Tests.Connections;

/// <summary>
/// A broker whose clients are in this process and whose pipes run everything inline: what a client sends is handled, routed
/// and flushed before <see cref="InlineClient.Send"/> returns, on the caller's thread. So a test sees no thread but its own.
/// The broker's clock is not started.
/// </summary>
internal sealed class InlineBroker : IDisposable
{
    private readonly List<InlineClient> _clients = [];
    private readonly BlockPool _pool = new();
    private readonly Listener _listener = new("inline", ListenerKind.Tcp, new ListenerLimits { MaxOutboundBytes = 64 * 1024 * 1024 });

    public InlineBroker(BrokerOptions? options = null, params object[] hooks)
    {
        Broker = new Broker(
            options ?? new BrokerOptions { SysTopicsSeconds = 0 },
            [new AnonymousAuthenticator(AnonymousMode.Always)],
            [],
            new DefaultAuthorizer(),
            TimeProvider.System,
            NullLoggerFactory.Instance,
            hooks: hooks.Length == 0 ? null : new HookRegistrations(hooks, new HookOptions()));
        ValueTask opened = Broker.OpenAsync();
        if (!opened.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("opening what is in memory did not complete at once");
        }
    }

    public Broker Broker { get; }

    /// <summary>Connects a client whose session ends with its connection.</summary>
    public InlineClient Connect(string clientId, ProtocolVersion version = ProtocolVersion.V5, ushort topicAliasMaximum = 0)
    {
        var client = new InlineClient(version, _pool);
        client.Served = Broker.ServeAsync(new ListenerConnection { Listener = _listener, Transport = client.BrokersEnd, Abort = static () => { } });
        client.Send(new ConnectPacket { Version = version, ClientId = clientId, CleanStart = true, TopicAliasMaximum = topicAliasMaximum }.Write);
        client.Expect(PacketType.ConnAck);
        _clients.Add(client);
        return client;
    }

    public void Dispose()
    {
        foreach (InlineClient client in _clients)
        {
            client.Close();
        }

        _pool.Dispose();
    }
}
