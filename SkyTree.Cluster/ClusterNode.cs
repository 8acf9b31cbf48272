using System.Buffers;
using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using SkyTree.Cluster.Administration;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Raft;
using SkyTree.Cluster.Replication;
using SkyTree.Cluster.Security;
using SkyTree.Core;
using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Cluster;

/// <summary>
/// This process as a node of a cluster: the replicated log, the links to the other nodes, and between them and the broker
/// the replicator. The broker starts and ends it.
/// </summary>
internal sealed class ClusterNode : IReplicator, IReplicatedState, IClusterLog, INodeLinks, IPeerHandler, IPeerSecurity, ICheckpointTransfer
{
    private const string PeerKey = "peer"; // in a member's metadata: the address of its links

    /// <summary>In a member's metadata: where its clients are sent that are to come to it.</summary>
    internal const string ClientKey = "client";

    private static readonly TimeSpan s_lookAround = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_unheard = TimeSpan.FromSeconds(3); // without a leader, before a node asks whether it is still a member
    private static readonly TimeSpan s_askTimeout = TimeSpan.FromSeconds(2);

    private readonly ClusterOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly ClusterCertificate _certificate;
    private readonly CancellationTokenSource _stop = new();
    private readonly RemovalMark _removalMark;
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<byte, ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>>? _answer; // set once
    private readonly RaftNode _raft;
    private readonly long _life;
    private ClusterReplicator _replicator = null!; // set once, by Create
    private StateDatabase _database = null!; // set once, by Create
    private readonly Lock _peersGate = new();
    private PeerAddress[] _peers = []; // guarded by _peersGate
    private int _isDisposed; // interlocked
    private Leadership? _leader; // swapped whole; null: to be found out
    private Task _looking = Task.CompletedTask;

    /// <summary>Creates it. Nothing is touched before it starts.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="dataFolder">Where its log lies, beside the state database.</param>
    /// <param name="metadata">What other nodes and people can read of it.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The secret is of no use.</exception>
    /// <exception cref="IOException">A certificate or the node's identity cannot be read.</exception>
    public ClusterNode(ClusterOptions options, string dataFolder, IReadOnlyDictionary<string, string> metadata, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _loggers = loggers;
        _time = time;
        _life = time.GetUtcNow().UtcTicks;
        Id = NodeIdentity.ReadOrCreate(dataFolder);
        _certificate = CreateCertificate(options);
        _removalMark = new RemovalMark(Path.Combine(dataFolder, "cluster"));
        _raft = new RaftNode(
            new RaftNodeOptions
            {
                Folder = Path.Combine(dataFolder, "cluster"),
                PublicEndPoint = ParseEndPoint($"{options.Address}:{options.LogPort}"),
                BindEndPoint = options.BindAddress.Length == 0 ? null : new IPEndPoint(IPAddress.Parse(options.BindAddress), options.LogPort),
                Start = options.Start switch
                {
                    ClusterStart.Seed => RaftStart.Seed,
                    ClusterStart.Found => RaftStart.Found,
                    _ => RaftStart.Join,
                },
                Seeds = [.. options.Seeds.Select(ParseEndPoint)],
                NodeId = Id.ToString("N"),
                Metadata = new Dictionary<string, string>(metadata) { [PeerKey] = $"https://{options.Address}:{options.PeerPort}" },
                Certificate = _certificate,
            },
            this,
            this,
            loggers,
            time);
        _raft.LeaderChanged += (_, _) =>
        {
            Volatile.Write(ref _leader, null);
            _replicator.OnLeaderChanged();
        };
        PeerLinksOptions links = new()
        {
            Cluster = options.Name,
            Node = new NodeId(Id),
            Incarnation = _life,
            Security = this,
            WrittenLevel = () => Level,
        };
        Links = new PeerLinks(links, this, time, loggers);
    }

    /// <summary>This node.</summary>
    public Guid Id { get; }

    /// <summary>The address and port of its log, which names it in the cluster.</summary>
    public string Address => $"{_options.Address}:{_options.LogPort}";

    /// <summary>The cluster's name.</summary>
    public string Name => _options.Name;

    /// <summary>Ends when the cluster has removed this node: then the process is to end. Else never.</summary>
    public Task Removed => _removed.Task;

    /// <summary>The links to the other nodes, to be served on the cluster's endpoint.</summary>
    public PeerLinks Links { get; }

    /// <summary>The members, as this node sees them.</summary>
    public IReadOnlyList<RaftMember> Members => _raft.Members;

    /// <summary>The term in which it knows its leader.</summary>
    public long Term => _raft.Term;

    /// <summary>The format level at which the cluster writes, as far as this node has applied.</summary>
    public int Level => _replicator?.Level ?? FormatLevel.Oldest;

    /// <summary>The highest format level that this node agrees to.</summary>
    public int AgreedLevel => _replicator.AgreedLevel;

    /// <summary>A node that is no peer yet, or should not be one, was refused: which, and why. On any thread, again and again.</summary>
    public event Action<Guid, string>? Refused;

    /// <summary>Ends with an exception when the log of this node fails, after which only a new process helps.</summary>
    public Task Failure => _raft.Failure;

    /// <inheritdoc/>
    public bool IsChoked => _replicator.IsChoked;

    /// <inheritdoc/>
    public bool IsFull => _replicator.IsFull;

    /// <inheritdoc/>
    public bool IsAlone => false;

    /// <inheritdoc/>
    public bool IsServing => _replicator.IsServing;

    /// <inheritdoc/>
    public TimeSpan Patience => _replicator.Patience;

    /// <inheritdoc/>
    public ReplicationStatus Status => new(
        _raft.Term,
        _raft.IsLeader,
        Leader is not null,
        AppliedIndex,
        _raft.CommitIndex,
        _replicator.Entries,
        _replicator.PendingBytes,
        [.. _raft.IsLeader ? _replicator.Others : [], new NodeProgress(Id, AppliedIndex)]);

    bool IReplicator.IsLeader => _replicator.IsLeader;

    bool IClusterLog.IsLeader => _raft.IsLeader;

    /// <summary>Whether it leads, as far as it knows.</summary>
    public bool IsLeader => _raft.IsLeader;

    /// <inheritdoc/>
    public long AppliedIndex => _replicator.AppliedIndex;

    /// <inheritdoc/>
    public Guid? Leader => (Volatile.Read(ref _leader) ?? FindLeader()).Node;

    /// <summary>Reads <c>address:port</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static EndPoint ParseEndPoint(string text)
    {
        if (IPEndPoint.TryParse(text, out IPEndPoint? address) && address.Port > 0 && text.Contains(':', StringComparison.Ordinal))
        {
            return address;
        }

        int colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), out ushort port) && port > 0 && Uri.CheckHostName(text[..colon]) == UriHostNameType.Dns
            ? new DnsEndPoint(text[..colon], port)
            : throw new FormatException($"'{text}' is not an address with a port, such as 10.0.0.1:7801.");
    }

    /// <summary>A storage whose state this node shares with the others.</summary>
    public BrokerStorage Replicate(BrokerStorage storage) => storage with { Node = Id, CreateReplicator = Create };

    private ClusterNode Create(ReplicatorParts parts)
    {
        _database = parts.Database;
        _replicator = new ClusterReplicator(parts, Id, this, this, new ReplicatorOptions { NodeTimeout = TimeSpan.FromSeconds(_options.NodeTimeoutSeconds) });
        return this;
    }

    /// <summary>Adds a node that waits to join. On the leader only.</summary>
    /// <exception cref="RaftException">It does not lead, or there are three nodes already.</exception>
    public async Task AddMemberAsync(EndPoint member, CancellationToken cancellationToken)
    {
        await _raft.PublishCheckpointAsync(member, cancellationToken).ConfigureAwait(false);
        await _raft.AddMemberAsync(member, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a node, dead or alive. On the leader only.</summary>
    /// <exception cref="RaftException">It does not lead, or is that node.</exception>
    public Task RemoveMemberAsync(EndPoint member, CancellationToken cancellationToken) => _raft.RemoveMemberAsync(member, cancellationToken);

    /// <summary>Returns if this node leads, and has applied all that was committed before.</summary>
    /// <exception cref="RaftException">It does not.</exception>
    public async Task RequireLeadershipAsync(CancellationToken cancellationToken)
    {
        await _raft.BarrierAsync(cancellationToken).ConfigureAwait(false);
        if (!_raft.IsLeader)
        {
            throw new RaftException(RaftError.NotLeader, "Another node leads.");
        }
    }

    /// <summary>Says who answers what other nodes ask. Called once.</summary>
    public void AnswerRequests(Func<byte, ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> answer) => _answer = answer;

    /// <summary>The cluster has removed this node: it must not come back with this folder.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void MarkRemoved()
    {
        _removalMark.Write();
        _removed.TrySetResult();
    }

    /// <summary>Lets another node lead.</summary>
    public Task<bool> ResignAsync(CancellationToken cancellationToken) => _raft.ResignAsync(cancellationToken);

    /// <inheritdoc/>
    public INeighbours? Attach(MessageRouter router) => _replicator.Attach(router);

    /// <inheritdoc/>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (_removalMark.Exists)
        {
            throw new RaftException(RaftError.Folder, "The cluster has removed this node. To let it join anew, empty its data folder and start it with SkyTree:Cluster:Start=Join.");
        }

        _replicator.Start();
        await _raft.StartAsync(cancellationToken).ConfigureAwait(false);
        _looking = Task.Run(LookAroundAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    public void SetFull(bool full) => _replicator.SetFull(full);

    /// <inheritdoc/>
    public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command) => _replicator.ProposeAsync(command);

    /// <inheritdoc/>
    public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal) => _replicator.Propose(command, proposal);

    /// <inheritdoc/>
    public ValueTask SettleAsync() => _replicator.SettleAsync();

    /// <inheritdoc/>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => _replicator.WaitForRoomAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return; // the broker and the host both end it
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _raft.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await Links.DisposeAsync().ConfigureAwait(false);
        await _replicator.DisposeAsync().ConfigureAwait(false);
        await _raft.DisposeAsync().ConfigureAwait(false);
        _certificate.Dispose();
        _stop.Dispose();
    }

    async ValueTask<bool> IClusterLog.AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        try
        {
            return (await _raft.ReplicateAsync(entry, null, cancellationToken).ConfigureAwait(false)).Outcome == ReplicationOutcome.Applied;
        }
        catch (RaftException)
        {
            return false; // the log of this node has failed, and says so itself
        }
    }

    IReadOnlyList<Guid>? IClusterLog.Voters
    {
        get
        {
            if (_raft.IsChangingMembers)
            {
                return null;
            }

            List<Guid> voters = [];
            foreach (RaftMember member in _raft.Members)
            {
                if (!Guid.TryParseExact(member.NodeId, "N", out Guid id))
                {
                    return null;
                }

                voters.Add(id);
            }

            return voters;
        }
    }

    bool INodeLinks.TrySend(Guid to, byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
        Links.Find(new NodeId(to)) is { } link && link.TrySend(kind, header, body);

    ValueTask INodeLinks.WaitForRoomAsync(Guid to, CancellationToken cancellationToken) =>
        Links.Find(new NodeId(to))?.WaitForRoomAsync(cancellationToken) ?? ValueTask.CompletedTask;

    void IReplicatedState.Apply(in ReplicatedEntry entry) => _replicator.Apply(entry.Index, entry.Payload);

    void IReplicatedState.ApplyEmpty(long index, long term) => _replicator.ApplyEmpty(index);

    void IReplicatedState.CreateCheckpoint(string folder) => _database.CreateCheckpoint(folder);

    void IReplicatedState.Install(string folder, long index, long term) => _replicator.Install(folder);

    async Task ICheckpointTransfer.FetchAsync(CheckpointManifest manifest, string folder, CancellationToken cancellationToken)
    {
        var from = new NodeId(Guid.ParseExact(manifest.NodeId, "N"));
        if (Links.Find(from) is not { IsConnected: true } link)
        {
            // Who joins does not know the members yet; the manifest says where its node is.
            if (manifest.Metadata.GetValueOrDefault(PeerKey) is { } address)
            {
                SetPeers([new PeerAddress(from, new Uri(address))], isAll: false);
            }

            throw new IOException($"There is no link to node {from} yet.");
        }

        foreach (CheckpointFile file in manifest.Files)
        {
            string path = Path.Combine(folder, file.Name);
            if (File.Exists(path) && new FileInfo(path).Length == file.Length)
            {
                continue;
            }

            await using FileStream destination = new(path, FileMode.Create, FileAccess.Write);
            await link.FetchAsync(CheckpointName(manifest.Index, manifest.Term, file.Name), destination, cancellationToken).ConfigureAwait(false);
            destination.Flush(flushToDisk: true);
        }
    }

    void IPeerHandler.OnConnected(NodeId from, long incarnation)
    {
    }

    void IPeerHandler.OnFrame(NodeId from, byte kind, ReadOnlySequence<byte> body) =>
        _replicator.OnFrame(from.Value, kind, body.IsSingleSegment ? body.FirstSpan : body.ToArray());

    void IPeerHandler.OnBatchEnd(NodeId from) => FlushList.FlushAll();

    void IPeerHandler.OnDisconnected(NodeId from, long incarnation)
    {
    }

    void IPeerHandler.OnRefused(NodeId from, string reason) => Refused?.Invoke(from.Value, reason);

    void IPeerHandler.OnLinkUp(PeerLink link) => _replicator.OnLeaderChanged();

    ValueTask<ReadOnlyMemory<byte>> IPeerHandler.OnRequestAsync(NodeId from, byte kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        _answer?.Invoke(kind, body, cancellationToken) ?? throw new PeerException(PeerError.Refused, "this node is starting");

    Stream? IPeerHandler.OpenFile(NodeId from, string name)
    {
        try
        {
            return name.Split('/') is [{ } index, { } term, { } file]
                ? _raft.OpenCheckpointFile(long.Parse(index, System.Globalization.CultureInfo.InvariantCulture), long.Parse(term, System.Globalization.CultureInfo.InvariantCulture), file)
                : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or FormatException or OverflowException)
        {
            return null;
        }
    }

    SslServerAuthenticationOptions IPeerSecurity.ForServer() => _certificate.CreateServerOptions();

    SslClientAuthenticationOptions IPeerSecurity.ForClient(PeerAddress peer) => _certificate.CreateClientOptions();

    private static string CheckpointName(long index, long term, string file) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{index}/{term}/{file}");

    private static ClusterCertificate CreateCertificate(ClusterOptions options)
    {
        if (options.CertificatePath.Length > 0)
        {
            return ClusterCertificate.FromFiles(options.CertificatePath, options.KeyPath, options.AuthorityPath.Length == 0 ? null : options.AuthorityPath);
        }

        return ClusterCertificate.FromSecret(options.SecretPath.Length > 0 ? File.ReadAllText(options.SecretPath).Trim() : options.Secret);
    }

    private Leadership FindLeader()
    {
        RaftMember? leader = _raft.Leader;
        Guid? node = leader is null ? null : leader.IsLocal ? Id : Guid.TryParseExact(leader.NodeId, "N", out Guid id) ? id : null;
        var found = new Leadership(node);
        if (node is not null)
        {
            Volatile.Write(ref _leader, found);
        }

        return found;
    }

    /// <summary>Keeps links to all members; who they are they tell the log.</summary>
    private async Task LookAroundAsync()
    {
        long heard = _time.GetTimestamp();
        using PeriodicTimer timer = new(s_lookAround, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                PeerAddress[] peers =
                [
                    .. _raft.Members
                        .Where(member => !member.IsLocal && member.NodeId is not null && member.Metadata.ContainsKey(PeerKey))
                        .Select(member => new PeerAddress(new NodeId(Guid.ParseExact(member.NodeId!, "N")), new Uri(member.Metadata[PeerKey])))
                        .DistinctBy(peer => peer.Id),
                ];

                // One that cannot be asked for now is what it was. Who waits to join knows no members, and has a link to one.
                bool allKnown = _raft.Members.Count > 0 && peers.Length == _raft.Members.Count(member => !member.IsLocal);
                SetPeers(peers, allKnown);
                if (Leader is not null || _raft.Members.Count < 2)
                {
                    heard = _time.GetTimestamp();
                }
                else if (_time.GetElapsedTime(heard) > s_unheard && !_removed.Task.IsCompleted)
                {
                    heard = _time.GetTimestamp();
                    await FindOutWhetherRemovedAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Nobody leads this node: perhaps because it is no member any more, which only a leader can say.</summary>
    private async Task FindOutWhetherRemovedAsync()
    {
        byte[] address = System.Text.Encoding.UTF8.GetBytes(Address);
        foreach (PeerLink link in Links.All.Where(link => link.IsConnected))
        {
            try
            {
                ReadOnlyMemory<byte> answer = await link.RequestAsync(RequestKind.IsMember, address, s_askTimeout, _stop.Token).ConfigureAwait(false);
                if (LeaderAnswer.Parse(answer.Span).Outcome == LeaderOutcome.Refused)
                {
                    MarkRemoved();
                    return;
                }
            }
            catch (Exception exception) when (exception is PeerException or IOException)
            {
                // It is asked again.
            }
        }
    }

    /// <summary>Changes the peers.</summary>
    /// <param name="peers">Those that are known now.</param>
    /// <param name="isAll">Whether there are no others; else one that cannot be asked for now stays what it was.</param>
    private void SetPeers(PeerAddress[] peers, bool isAll)
    {
        lock (_peersGate)
        {
            // Who has another's address has taken its place.
            PeerAddress[] all = [.. peers, .. isAll ? [] : _peers.Where(known => !Array.Exists(peers, peer => peer.Id == known.Id || peer.Address == known.Address))];
            if (!all.OrderBy(p => p.Id.Value).SequenceEqual(_peers.OrderBy(p => p.Id.Value)))
            {
                _peers = all;
                Links.SetPeers(all);
            }
        }
    }

    private sealed record Leadership(Guid? Node);
}
