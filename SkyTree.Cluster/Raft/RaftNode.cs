using System.Net;
using DotNext.Net.Cluster;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Security;
using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Raft;

/// <summary>
/// A member of the cluster: one log, the same on all of them, of which an entry counts once a majority has it on disk. It
/// knows nothing of what the entries say.
/// </summary>
/// <remarks>
/// It stands on DotNext.Net.Cluster's Raft, and mends in <see cref="ReplicatedLog"/>, <see cref="CheckpointStore"/> and
/// <see cref="Proposal"/> what would lose entries there. Exactly one or three members vote; two only in between.
/// </remarks>
internal sealed partial class RaftNode : IAsyncDisposable
{
    internal const string NodeIdKey = "skytree.node";

    private const int CatchUpRounds = 256;
    private const int TimeoutsToStandAside = 3; // election timeouts; the others have begun two elections by then

    private readonly RaftNodeOptions _options;
    private readonly IReplicatedState _state;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly MembershipFile _members;
    private readonly CheckpointStore _checkpoints;
    private readonly LogStateMachine _machine;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RaftCluster? _cluster; // both are set once, when it starts
    private ReplicatedLog? _log;
    private Task _watching = Task.CompletedTask;
    private Task _standingAside = Task.CompletedTask; // after it has led and let others go first
    private int _stopped;

    /// <summary>Creates it. Nothing is touched before it starts.</summary>
    /// <param name="options">Where it lies and how it behaves.</param>
    /// <param name="state">What the log drives; open when this is started.</param>
    /// <param name="transfer">How checkpoints come from other nodes.</param>
    /// <param name="loggers">Get its messages and the library's.</param>
    /// <param name="time">The clock of leases; null is the system's.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public RaftNode(RaftNodeOptions options, IReplicatedState state, ICheckpointTransfer transfer, ILoggerFactory loggers, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        _options = options with { Folder = Path.GetFullPath(options.Folder) };
        _state = state;
        _loggers = loggers;
        _logger = loggers.CreateLogger("SkyTree.Cluster.Raft");
        _time = time ?? TimeProvider.System;
        _members = new MembershipFile(Path.Combine(_options.Folder, "members"));
        _checkpoints = new CheckpointStore(_options, state, _time, _logger);
        _machine = new LogStateMachine(_options, state, _members, _checkpoints, new CheckpointDownload(_options, transfer, _time, _logger), _logger);
    }

    /// <summary>The leader is another one, or null, in a term. Called by the log's own threads in order: it must return soon.</summary>
    public event Action<RaftMember?, long>? LeaderChanged;

    /// <summary>Whether this node leads, as far as it knows. It may have been deposed a moment ago; <see cref="BarrierAsync"/> tells.</summary>
    public bool IsLeader => _cluster?.Leader is { IsRemote: false };

    /// <summary>Cancelled unless this node leads and has applied all that was committed before; and as soon as it ceases to.</summary>
    public CancellationToken Leadership
    {
        get
        {
            try
            {
                return _cluster?.LeadershipToken ?? new CancellationToken(canceled: true);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException or System.Diagnostics.UnreachableException)
            {
                return new CancellationToken(canceled: true);
            }
        }
    }

    /// <summary>The leader, if this node knows one.</summary>
    public RaftMember? Leader => _cluster?.Leader is { } leader ? Describe(leader) : null;

    /// <summary>The current term. It rises with each election.</summary>
    public long Term => _log?.CurrentTerm ?? 0;

    /// <summary>Up to here this node has applied.</summary>
    public long LastAppliedIndex => _log?.LastAppliedIndex ?? 0;

    /// <summary>Up to here this node knows that a majority has it.</summary>
    public long CommitIndex => _log?.LastCommittedEntryIndex ?? 0;

    /// <summary>The last entry of this node's log.</summary>
    public long LastIndex => _log?.LastEntryIndex ?? 0;

    /// <summary>The members that vote; empty where this node waits to be added.</summary>
    public IReadOnlyList<RaftMember> Members => _cluster is { } cluster ? [.. cluster.Members.Select(Describe)] : [];

    /// <summary>Ends with an exception when the log of this node fails, after which only a new process helps; else never.</summary>
    public Task Failure => _failure.Task;

    private RaftCluster Cluster => _cluster ?? throw new InvalidOperationException("The node has not been started.");

    private ReplicatedLog Log => _log ?? throw new InvalidOperationException("The node has not been started.");

    /// <summary>Opens a file of a checkpoint for a node that fetches it, and keeps the checkpoint a while longer.</summary>
    /// <param name="index">The checkpoint's index.</param>
    /// <param name="term">The checkpoint's term.</param>
    /// <param name="name">The file's name, as in the manifest.</param>
    /// <returns>The file, for the caller to close.</returns>
    /// <exception cref="FileNotFoundException">This node has no such file any more.</exception>
    public FileStream OpenCheckpointFile(long index, long term, string name) => _checkpoints.Find(index, term).Open(name);

    /// <summary>Says that a checkpoint is still being fetched, where reading one file takes long.</summary>
    /// <param name="index">The checkpoint's index.</param>
    /// <param name="term">The checkpoint's term.</param>
    /// <exception cref="FileNotFoundException">This node does not have it any more.</exception>
    public void KeepCheckpoint(long index, long term) => _checkpoints.Find(index, term).Use();

    /// <summary>Gives up leading, if this node leads. Another is elected after an election timeout, since the others must miss it first.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether it led.</returns>
    public async Task<bool> ResignAsync(CancellationToken cancellationToken)
    {
        if (!IsLeader || !await ((ICluster)Cluster).ResignAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        // It may be the one that begins elections soonest, and would lead again: it lets the others go first.
        if (await Cluster.EnableStandbyModeAsync(cancellationToken).ConfigureAwait(false))
        {
            _standingAside = StandAsideAsync(Cluster);
        }

        return true;
    }

    private async Task StandAsideAsync(RaftCluster cluster)
    {
        try
        {
            await cluster.WaitForLeaderAsync(TimeSpan.FromMilliseconds(_options.ElectionTimeoutMilliseconds * TimeoutsToStandAside), _stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            await cluster.RevertToNormalModeAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Stops: gives up leading first, then hears and says nothing any more. The others elect another once they have missed this one.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _standingAside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_cluster is { } cluster)
        {
            if (IsLeader)
            {
                // Who waits for a proposal learns that its outcome is unknown before the others' answers cease to come.
                await ((ICluster)cluster).ResignAsync(cancellationToken).ConfigureAwait(false);
            }

            await cluster.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        if (_cluster is { } cluster)
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
        }

        await _machine.DisposeAsync().ConfigureAwait(false);
        if (_log is { } log)
        {
            await log.DisposeAsync().ConfigureAwait(false);
        }

        _members.Dispose();
        _changing.Dispose();
        _stopping.Dispose();
    }

    private RaftCluster CreateCluster(ReplicatedLog log, IReadOnlySet<EndPoint> members)
    {
        ElectionWindow window = ElectionWindow.Of(_options.PublicEndPoint, members, _options.ElectionTimeoutMilliseconds);
        RaftCluster.TcpConfiguration configuration = new(_options.ListenEndPoint())
        {
            PublicEndPoint = _options.PublicEndPoint,
            ConfigurationStorage = _members,
            ColdStart = false,
            LoggerFactory = _loggers,
            LowerElectionTimeout = window.LeastMilliseconds,
            UpperElectionTimeout = window.MostMilliseconds,
            HeartbeatThreshold = (double)_options.HeartbeatMilliseconds / window.LeastMilliseconds,
            RequestTimeout = TimeSpan.FromMilliseconds(_options.RequestTimeoutMilliseconds),
            ConnectTimeout = TimeSpan.FromMilliseconds(_options.ConnectTimeoutMilliseconds),
            WarmupRounds = CatchUpRounds,
            SslOptions = _options.Certificate is { } certificate
                ? new SslOptions { ServerOptions = certificate.CreateServerOptions(), ClientOptions = certificate.CreateClientOptions() }
                : null,
        };
        foreach ((string key, string value) in _options.Metadata)
        {
            configuration.Metadata[key] = value;
        }

        configuration.Metadata[NodeIdKey] = _options.NodeId;
        RaftCluster cluster = new(configuration) { AuditTrail = log };
        cluster.LeaderChanged += (_, leader) => OnLeaderChanged(leader);
        return cluster;
    }

    private void OnLeaderChanged(RaftClusterMember? leader)
    {
        RaftMember? member = leader is null ? null : Describe(leader);
        RaftLog.LeaderChanged(_logger, Term, member?.EndPoint.ToString() ?? "none");
        try
        {
            LeaderChanged?.Invoke(member, Term);
        }
        catch (Exception exception)
        {
            // The library would take it for its own.
            RaftLog.HandlerFailed(_logger, exception);
        }
    }
}
