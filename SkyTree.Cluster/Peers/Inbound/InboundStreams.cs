namespace SkyTree.Cluster.Peers.Inbound;

/// <summary>The streams of peers to this node: at most one of each.</summary>
internal sealed class InboundStreams : IDisposable
{
    /// <summary>Intervals in a row without a ping after which a peer counts as gone.</summary>
    private const int MaximumSilence = 5;

    private readonly TimeSpan _pingInterval;
    private readonly ITimer _watch;
    private readonly Lock _gate = new();

    // Guarded by _gate. The last stream stays known when it has ended, so that none that was opened before it follows it.
    private readonly Dictionary<NodeId, InboundStream> _current = [];
    private readonly Dictionary<NodeId, (long Incarnation, long Stream)> _last = [];
    private bool _isClosed;

    public InboundStreams(TimeSpan pingInterval, TimeProvider timeProvider)
    {
        _pingInterval = pingInterval;
        _watch = timeProvider.CreateTimer(static self => ((InboundStreams)self!).EndSilent(), this, pingInterval, pingInterval);
    }

    /// <summary>Makes it the peer's stream once the one before has been left, which it ends if it is of the same incarnation.</summary>
    /// <returns>Why it cannot be; null when it is.</returns>
    public async ValueTask<string?> EnterAsync(InboundStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            InboundStream? before;
            lock (_gate)
            {
                if (_isClosed)
                {
                    return "this node is stopping";
                }

                (long incarnation, long number) = _last.GetValueOrDefault(stream.Peer.Node);
                if (incarnation == stream.Peer.Incarnation && number >= stream.Peer.Stream)
                {
                    return "it has opened another stream since";
                }

                if (!_current.TryGetValue(stream.Peer.Node, out before))
                {
                    _current.Add(stream.Peer.Node, stream);
                    _last[stream.Peer.Node] = (stream.Peer.Incarnation, stream.Peer.Stream);
                    return null;
                }
            }

            if (before.Peer.Incarnation != stream.Peer.Incarnation)
            {
                // If that one is dead without having said so, it counts as gone before long, and this one comes again.
                return $"another node with the identity {stream.Peer.Node} is linked: two run with copies of one data folder, or its former life has just ended";
            }

            before.End("the node has opened another");
            await before.Left.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return "it has given up while its stream before was still being handled";
            }
        }
    }

    /// <summary>It is no longer the peer's stream; nothing of it reaches the handler any more.</summary>
    public void Leave(InboundStream stream)
    {
        lock (_gate)
        {
            if (_current.GetValueOrDefault(stream.Peer.Node) == stream)
            {
                _current.Remove(stream.Peer.Node);
            }
        }

        stream.Leave();
    }

    /// <summary>A peer has asked whether its stream is there. False: it is not.</summary>
    public bool Heard(NodeId peer, long incarnation, long stream)
    {
        lock (_gate)
        {
            if (!_current.TryGetValue(peer, out InboundStream? current)
                || current.Peer.Incarnation != incarnation || current.Peer.Stream != stream)
            {
                return false;
            }

            current.Heard();
            return true;
        }
    }

    /// <summary>Ends all and takes none from now on.</summary>
    /// <returns>Completed when all have been left.</returns>
    public Task CloseAsync()
    {
        InboundStream[] streams;
        lock (_gate)
        {
            _isClosed = true;
            streams = [.. _current.Values];
        }

        foreach (InboundStream stream in streams)
        {
            stream.End("this node is stopping");
        }

        return Task.WhenAll(streams.Select(stream => stream.Left));
    }

    public void Dispose() => _watch.Dispose();

    private void EndSilent()
    {
        List<InboundStream>? silent = null;
        lock (_gate)
        {
            foreach (InboundStream stream in _current.Values)
            {
                if (stream.CountSilence() >= MaximumSilence)
                {
                    (silent ??= []).Add(stream);
                }
            }
        }

        silent?.ForEach(stream => stream.End($"it has been silent for {MaximumSilence * _pingInterval.TotalSeconds:0.#} s"));
    }
}
