using System.ComponentModel.DataAnnotations;
using System.Net;
using SkyTree.Cluster.Security;

namespace SkyTree.Cluster.Raft;

/// <summary>How a node comes to be a member when its folder is empty. Once it is one, the folder says so and this is not asked.</summary>
internal enum RaftStart
{
    /// <summary>One of the first members of a new cluster; every one of them is given the same list. Its state is empty.</summary>
    Seed,

    /// <summary>It waits until a leader adds it (<see cref="RaftNode.AddMemberAsync"/>). Its state is empty.</summary>
    Join,

    /// <summary>
    /// The only member of a new cluster, on top of a state that may have data: others that join get it all. Also the way out
    /// when the majority of a cluster is lost for good: a survivor's log, members and checkpoints are deleted and it founds anew.
    /// </summary>
    Found,
}

/// <summary>Where a node's replicated log lies, who its members are, and how patient they are with one another.</summary>
internal sealed record RaftNodeOptions : IValidatableObject
{
    /// <summary>The most voters there may be. The library's way to count a majority is right for three, and not for more.</summary>
    public const int MaximumVoters = 3;

    /// <summary>The log's folder: the log, the members, checkpoints. On the same file system as the state, for hard links.</summary>
    [Required]
    public required string Folder { get; init; }

    /// <summary>
    /// The address, or DNS name, and port at which the others reach this node. It names the node in the cluster: in every list
    /// it must be written the same way.
    /// </summary>
    [Required]
    public required EndPoint PublicEndPoint { get; init; }

    /// <summary>Where to listen; null: at <see cref="PublicEndPoint"/> if that is an address, else at its port on all addresses.</summary>
    public IPEndPoint? BindEndPoint { get; init; }

    /// <summary>What a node with an empty folder does.</summary>
    public RaftStart Start { get; init; } = RaftStart.Join;

    /// <summary>With <see cref="RaftStart.Seed"/>: all first members, this one among them; one or three.</summary>
    public IReadOnlyList<EndPoint> Seeds { get; init; } = [];

    /// <summary>The node's identity, which stays with its data: another node at the same address has another.</summary>
    [Required]
    public required string NodeId { get; init; }

    /// <summary>What others can read of this node, such as its other addresses. A few hundred bytes.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The keys for mutual TLS between the nodes; null: unprotected, for a trusted network only.</summary>
    public ClusterCertificate? Certificate { get; init; }

    /// <summary>A checkpoint is taken after so many MiB of entries, 1 to 65,536. The log is about two to three times as long.</summary>
    [Range(1, 65_536)]
    public int SnapshotAfterMegabytes { get; init; } = 64;

    /// <summary>A checkpoint is taken after so many entries, 100 to 10,000,000. The log has a file descriptor for every hundred or so.</summary>
    [Range(100, 10_000_000)]
    public int SnapshotAfterEntries { get; init; } = 50_000;

    /// <summary>How long the log may become, in MiB, 64 to 1,048,576, for the sake of a node that fetches a checkpoint. After that, it has to fetch a newer one.</summary>
    [Range(64, 1_048_576)]
    public int MaximumLogMegabytes { get; init; } = 2_048;

    /// <summary>How long a checkpoint, and the log behind it, is kept after it was last offered or read, in seconds, 1 to 3,600.</summary>
    [Range(1, 3_600)]
    public int CheckpointLeaseSeconds { get; init; } = 30;

    /// <summary>
    /// A follower that hears nothing for this long, in milliseconds, 200 to 60,000, or up to half as long again, begins an
    /// election; each member in a window of its own (<see cref="ElectionWindow"/>). The others agree once they have missed
    /// the leader for as long as they would wait themselves.
    /// </summary>
    [Range(200, 60_000)]
    public int ElectionTimeoutMilliseconds { get; init; } = 1_000;

    /// <summary>The leader is heard this often, in milliseconds, 10 to 10,000; at most half the election timeout.</summary>
    [Range(10, 10_000)]
    public int HeartbeatMilliseconds { get; init; } = 200;

    /// <summary>
    /// How long a request to another node may take, in milliseconds, 50 to 1,000; at most half the election timeout. An election
    /// waits for every node's answer: with more, one node that hangs would keep the others from electing anybody.
    /// </summary>
    [Range(50, 1_000)]
    public int RequestTimeoutMilliseconds { get; init; } = 500;

    /// <summary>
    /// How long connecting to another node may take, in milliseconds, 50 to 1,000; at most as long as a request. Both sides prove
    /// who they are within it, which costs a busy machine its time: with too little, nodes that begin there never meet.
    /// </summary>
    [Range(50, 1_000)]
    public int ConnectTimeoutMilliseconds { get; init; } = 500;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicEndPoint is not (IPEndPoint { Port: > 0 } or DnsEndPoint { Port: > 0 }))
        {
            yield return new ValidationResult("The public endpoint is an address or a DNS name with a port.", [nameof(PublicEndPoint)]);
        }
        else if (PublicEndPoint is IPEndPoint { Address: var address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            yield return new ValidationResult("The public endpoint is where others connect to; 'any address' is none.", [nameof(PublicEndPoint)]);
        }

        if (HeartbeatMilliseconds * 2 > ElectionTimeoutMilliseconds)
        {
            yield return new ValidationResult("Two heartbeats must fit into the election timeout.", [nameof(HeartbeatMilliseconds), nameof(ElectionTimeoutMilliseconds)]);
        }

        if (RequestTimeoutMilliseconds * 2 > ElectionTimeoutMilliseconds)
        {
            yield return new ValidationResult("Two requests must be able to time out within the election timeout.", [nameof(RequestTimeoutMilliseconds), nameof(ElectionTimeoutMilliseconds)]);
        }

        if (ConnectTimeoutMilliseconds > RequestTimeoutMilliseconds)
        {
            yield return new ValidationResult("Connecting is part of a request and may not take longer.", [nameof(ConnectTimeoutMilliseconds), nameof(RequestTimeoutMilliseconds)]);
        }

        if (Start is RaftStart.Seed)
        {
            if (Seeds.Distinct().Count() is not (1 or MaximumVoters))
            {
                yield return new ValidationResult($"A cluster begins with one or three members, not with {Seeds.Distinct().Count()}: two are no safer than one, and more are not supported.", [nameof(Seeds)]);
            }

            if (!Seeds.Contains(PublicEndPoint))
            {
                yield return new ValidationResult($"The seeds must contain this node's own public endpoint, {PublicEndPoint}, written the same way.", [nameof(Seeds)]);
            }
        }
    }

    internal void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);

    internal IPEndPoint ListenEndPoint() => BindEndPoint ?? PublicEndPoint switch
    {
        IPEndPoint address => address,
        DnsEndPoint name => new IPEndPoint(IPAddress.Any, name.Port),
        _ => throw new InvalidOperationException("The public endpoint was not validated."),
    };
}
