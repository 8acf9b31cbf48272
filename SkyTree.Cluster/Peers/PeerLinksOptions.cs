using SkyTree.Core.Replication;

namespace SkyTree.Cluster.Peers;

/// <summary>Who this node is among its peers, and the bounds of its links.</summary>
internal sealed record PeerLinksOptions
{
    /// <summary>The cluster's name; nodes of others are refused.</summary>
    public required string Cluster { get; init; }

    /// <summary>This node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Which life of this node it is: different after each start.</summary>
    public required long Incarnation { get; init; }

    /// <summary>The certificates of both sides.</summary>
    public required IPeerSecurity Security { get; init; }

    /// <summary>The lowest format level that it reads.</summary>
    public int OldestLevel { get; init; } = FormatLevel.Oldest;

    /// <summary>The highest format level that it reads.</summary>
    public int NewestLevel { get; init; } = FormatLevel.Newest;

    /// <summary>The format level at which its cluster writes: a node that does not read it is refused. Asked for each handshake.</summary>
    public Func<int> WrittenLevel { get; init; } = () => FormatLevel.Oldest;

    /// <summary>Bytes that may wait for one peer, 64 KiB to 1 GiB; no frame can be larger. 16 MiB by default.</summary>
    public int BufferBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Requests to one peer that may be under way, 1 to 90; others wait for their turn, within their timeout. 64 by default.</summary>
    public int MaximumRequests { get; init; } = 64;

    /// <summary>How often a peer is asked whether it is there; after four times without an answer it counts as gone. 500 ms by default.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long connecting and the handshakes may take. 3 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The first wait before dialling again; it doubles with each attempt. 100 ms by default.</summary>
    public TimeSpan ShortestBackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before dialling again. 2 s by default.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">Something is out of its range.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Cluster);
        ArgumentOutOfRangeException.ThrowIfEqual(Node.Value, Guid.Empty, nameof(Node));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(OldestLevel, NewestLevel);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, 64 * 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BufferBytes, 1024 * 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumRequests, 1);
        // Kestrel allows 100 streams on a connection; pings and frames must find theirs.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaximumRequests, 90);
        ArgumentOutOfRangeException.ThrowIfLessThan(PingInterval, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ShortestBackOff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestBackOff, ShortestBackOff);
    }
}
