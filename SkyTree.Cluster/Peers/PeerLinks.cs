using Microsoft.Extensions.Logging;
using SkyTree.Cluster.Peers.Inbound;

namespace SkyTree.Cluster.Peers;

/// <summary>
/// This node's links to its peers, and what it serves to them. It knows nodes, frames, requests and files, and nothing of what they mean.
/// Dispose it before the server that it is mapped on stops.
/// </summary>
internal sealed class PeerLinks : IAsyncDisposable
{
    /// <summary>How long a stop waits for a handler that does not return.</summary>
    internal static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly PeerLinksOptions _options;
    private readonly IPeerHandler _handler;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();

    // Replaced whole, under _gate.
    private volatile Snapshot _links = new([], []);
    private bool _isDisposed; // guarded by _gate
    private Task _stopping = Task.CompletedTask; // guarded by _gate
    private long _lastStream;

    /// <summary>Has no peers yet.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public PeerLinks(PeerLinksOptions options, IPeerHandler handler, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        options.Validate();
        _options = options;
        _handler = handler;
        _timeProvider = timeProvider;
        _logger = loggerFactory.CreateLogger("SkyTree.Peers");
        Server = new PeerServer(options, handler, timeProvider, _logger);
    }

    /// <summary>This node.</summary>
    public NodeId Self => _options.Node;

    /// <summary>The links to all peers, connected or not.</summary>
    public IReadOnlyList<PeerLink> All => _links.All;

    /// <summary>What peers call.</summary>
    internal PeerServer Server { get; }

    /// <summary>The link to a node; null when it is not among the peers.</summary>
    public PeerLink? Find(NodeId id) => _links.ById.GetValueOrDefault(id);

    /// <summary>
    /// Says who the peers are from now on. Links to those that stay are not touched; one whose address changes is made anew.
    /// This node itself may be among them and is left out. Streams from other nodes are theirs to end.
    /// </summary>
    /// <exception cref="ArgumentException">A node is there twice, or an address is not https.</exception>
    public void SetPeers(IReadOnlyList<PeerAddress> peers)
    {
        if (peers.FirstOrDefault(peer => peer.Address is not { IsAbsoluteUri: true, Scheme: "https" }) is { } wrong)
        {
            throw new ArgumentException($"'{wrong.Address}' of node {wrong.Id} is not an https address", nameof(peers));
        }

        Dictionary<NodeId, PeerAddress> wanted = peers.Where(peer => peer.Id != Self).ToDictionary(peer => peer.Id);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Snapshot before = _links;
            PeerLink[] ended = [.. before.All.Where(link => wanted.GetValueOrDefault(link.Id)?.Address != link.Address)];
            _stopping = Task.WhenAll([_stopping, .. ended.Select(link => link.DisposeAsync().AsTask())]);
            Dictionary<NodeId, PeerLink> links = before.All.Except(ended).ToDictionary(link => link.Id);
            foreach (PeerAddress peer in wanted.Values.Where(peer => !links.ContainsKey(peer.Id)))
            {
                links.Add(peer.Id, new PeerLink(peer, _options, _handler, () => Interlocked.Increment(ref _lastStream), _timeProvider, _logger));
            }

            _links = new Snapshot(links, [.. links.Values]);
        }
    }

    /// <summary>Ends all links and streams, within about a second though a peer or the handler hangs.</summary>
    public async ValueTask DisposeAsync()
    {
        Task stopping;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            stopping = Task.WhenAll([_stopping, .. _links.All.Select(link => link.DisposeAsync().AsTask()), Server.CloseAsync()]);
            _links = new Snapshot([], []);
        }

        await stopping.WaitAsync(StopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Server.Dispose();
    }

    private sealed record Snapshot(Dictionary<NodeId, PeerLink> ById, PeerLink[] All);
}
