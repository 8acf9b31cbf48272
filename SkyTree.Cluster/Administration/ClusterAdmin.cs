using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Raft;
using SkyTree.Core;
using SkyTree.Core.Replication;

namespace SkyTree.Cluster.Administration;

/// <summary>
/// What operators do with a cluster, from any of its nodes: what only the leader can do is passed on to it over the links,
/// which only nodes of the cluster have. Who may call it is the caller's to judge.
/// </summary>
internal sealed partial class ClusterAdmin
{
    /// <summary>How many clients are told to go each second unless the operator says otherwise.</summary>
    public const int DefaultDrainRate = 200;

    private static readonly TimeSpan s_reportTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_electionTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_changeTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_askTimeout = TimeSpan.FromSeconds(10); // it asks the others first, who have two
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly ClusterNode _node;
    private readonly Broker _broker;
    private readonly TimeProvider _time;

    /// <summary>Creates it, and answers the other nodes from now on.</summary>
    /// <param name="node">This process as a node.</param>
    /// <param name="broker">What it serves.</param>
    /// <param name="time">The clock.</param>
    public ClusterAdmin(ClusterNode node, Broker broker, TimeProvider time)
    {
        _node = node;
        _broker = broker;
        _time = time;
        node.AnswerRequests(AnswerAsync);
        broker.Admin.Nodes.Links = new QuestionLinks(node.Links);
    }

    /// <summary>The members, and how each of them is: they are asked, for two seconds at most.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ClusterStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        MemberStatus[] members = await Task.WhenAll(_node.Members.Select(member => DescribeAsync(member, cancellationToken))).ConfigureAwait(false);
        return new ClusterStatus
        {
            Cluster = _node.Name,
            Node = _node.Id,
            Leader = _node.Leader,
            Term = _node.Term,
            FormatLevel = _node.Level,
            NewestFormatLevel = FormatLevel.Newest,
            Members = [.. members.OrderBy(member => member.Address, StringComparer.Ordinal)],
        };
    }

    /// <summary>Adds a node that was started to join. Returns when it has caught up and votes.</summary>
    /// <param name="address">Its address and log port, as it has them itself.</param>
    /// <param name="cancellationToken">Gives up; what the leader has begun may still be done.</param>
    /// <exception cref="ClusterAdminException">It was not added.</exception>
    public Task AddAsync(string address, CancellationToken cancellationToken) =>
        AskLeaderAsync(RequestKind.Add, RequireAddress(address), cancellationToken);

    /// <summary>Removes a node, dead or alive; one that lives sees so itself and ends. If it leads, another does before.</summary>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="cancellationToken">Gives up; what the leader has begun may still be done.</param>
    /// <exception cref="ClusterAdminException">It was not removed.</exception>
    public async Task RemoveAsync(string member, CancellationToken cancellationToken)
    {
        RaftMember found = FindMember(member);
        if (_node.Members.Count == 1)
        {
            throw new ClusterAdminException("It is the only member. To end the cluster, stop it.");
        }

        if (await IsLeaderAsync(found, cancellationToken).ConfigureAwait(false))
        {
            await LetAnotherLeadAsync(cancellationToken).ConfigureAwait(false);
        }

        await AskLeaderAsync(RequestKind.Remove, found.EndPoint.ToAddress(), cancellationToken).ConfigureAwait(false);
        if (found.IsLocal)
        {
            _node.MarkRemoved();
        }
    }

    /// <summary>Removes this node. Its process ends afterwards, and its data folder is of no more use.</summary>
    /// <param name="cancellationToken">Gives up; what the leader has begun may still be done.</param>
    /// <exception cref="ClusterAdminException">It was not removed.</exception>
    public Task LeaveAsync(CancellationToken cancellationToken) => RemoveAsync(_node.Address, cancellationToken);

    /// <summary>Lets another node lead. Nothing durable is acknowledged for about a second meanwhile.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The node that leads now.</returns>
    /// <exception cref="ClusterAdminException">No other node came to lead.</exception>
    public async Task<Guid> LetAnotherLeadAsync(CancellationToken cancellationToken)
    {
        if (_node.Members.Count(member => member.IsReachable || member.IsLocal) < 2)
        {
            throw new ClusterAdminException("No other node can be reached that could lead.");
        }

        using var patience = new Patience(s_electionTimeout, _time, cancellationToken);
        Guid? before = null;
        while (!patience.IsOver)
        {
            Guid? leader = _node.Leader;
            if (leader is { } other && before is not null && other != before)
            {
                return other;
            }

            if (leader is { } first && (before ??= first) == first)
            {
                // This node may learn late that another leads: only the one that led is meant.
                await AskLeaderAsync(RequestKind.Resign, first.ToString("N"), cancellationToken).ConfigureAwait(false);
            }

            await patience.PauseAsync(s_pause).ConfigureAwait(false);
        }

        throw new ClusterAdminException($"No other node came to lead within {s_electionTimeout.TotalSeconds} s.");
    }

    /// <summary>
    /// Sends this node's clients to the other nodes that serve, so many each second, and those that connect from now on.
    /// Returns when none is left; who connects is refused until <see cref="EndDrain"/> or the end of the process.
    /// </summary>
    /// <param name="perSecond">Clients that are told to go each second, 1 to 1,000,000.</param>
    /// <param name="cancellationToken">Ends the telling.</param>
    /// <returns>How many were told.</returns>
    /// <exception cref="ClusterAdminException">No other node could serve them.</exception>
    public async Task<int> DrainAsync(int perSecond, CancellationToken cancellationToken) =>
        await _broker.DrainAsync(await FindServersAsync(perSecond, cancellationToken).ConfigureAwait(false), perSecond, cancellationToken).ConfigureAwait(false);

    /// <summary>Has a node send its clients to the others, and returns when that has begun; the status shows how far it is.</summary>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="perSecond">Clients that are told to go each second, 1 to 1,000,000.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    /// <exception cref="ClusterAdminException">It is no member, does not answer, or no other node could serve its clients.</exception>
    public Task BeginDrainAsync(string member, int perSecond, CancellationToken cancellationToken)
    {
        RaftMember found = FindMember(member);
        return found.IsLocal
            ? BeginDrainAsync(perSecond, cancellationToken)
            : AskMemberAsync(found, RequestKind.Drain, perSecond.ToString(CultureInfo.InvariantCulture), cancellationToken);
    }

    /// <summary>Clients are welcome again.</summary>
    public void EndDrain() => _broker.EndDrain();

    /// <summary>Clients are welcome again at a node.</summary>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    /// <exception cref="ClusterAdminException">It is no member, or does not answer.</exception>
    public async Task EndDrainAsync(string member, CancellationToken cancellationToken)
    {
        RaftMember found = FindMember(member);
        if (found.IsLocal)
        {
            EndDrain();
            return;
        }

        await AskMemberAsync(found, RequestKind.EndDrain, "", cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginDrainAsync(int perSecond, CancellationToken cancellationToken)
    {
        string[] servers = await FindServersAsync(perSecond, cancellationToken).ConfigureAwait(false);
        if (!_broker.IsDraining)
        {
            _ = _broker.DrainAsync(servers, perSecond, CancellationToken.None); // ends with the last client, EndDrain, or the process
        }
    }

    /// <summary>Where clients of this node can go.</summary>
    private async Task<string[]> FindServersAsync(int perSecond, CancellationToken cancellationToken)
    {
        if (perSecond is < 1 or > 1_000_000)
        {
            throw new ClusterAdminException("The rate is 1 to 1,000,000 clients per second.");
        }

        ClusterStatus status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
        string[] others = [.. status.Members.Where(member => member is { IsThisNode: false, IsServing: true, IsDraining: false }).Select(member => member.ServerReference).OfType<string>()];
        return others.Length > 0 ? others : throw new ClusterAdminException("No other node serves that clients could be sent to.");
    }

    private async Task AskMemberAsync(RaftMember member, byte kind, string body, CancellationToken cancellationToken)
    {
        string address = member.EndPoint.ToAddress();
        if (!NodeId.TryParse(member.NodeId, out NodeId id) || _node.Links.Find(id) is not { IsConnected: true } link)
        {
            throw new ClusterAdminException($"{address} cannot be reached.");
        }

        LeaderAnswer answer;
        try
        {
            answer = LeaderAnswer.Parse((await link.RequestAsync(kind, Encoding.UTF8.GetBytes(body), s_askTimeout, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (PeerException exception)
        {
            throw new ClusterAdminException($"{address} did not answer: {exception.Message}. The status shows what became of it.", exception);
        }

        if (answer.Outcome != LeaderOutcome.Done)
        {
            throw new ClusterAdminException($"{address}: {answer.Reason}");
        }
    }

    private async Task<bool> IsLeaderAsync(RaftMember member, CancellationToken cancellationToken)
    {
        using var patience = new Patience(s_electionTimeout, _time, cancellationToken);
        while (!patience.IsOver)
        {
            if (_node.Leader is not null)
            {
                return _node.Members.Any(known => known.IsLeader && known.EndPoint.Equals(member.EndPoint));
            }

            await patience.PauseAsync(s_pause).ConfigureAwait(false);
        }

        throw NoLeader();
    }

    private static ClusterAdminException NoLeader() =>
        new("The cluster has no leader: a majority of its members must run and reach each other. Members are changed when it has one.");

    private static string RequireAddress(string address)
    {
        try
        {
            return ClusterNode.ParseEndPoint(address).ToAddress();
        }
        catch (FormatException exception)
        {
            throw new ClusterAdminException(exception.Message, exception);
        }
    }

    private RaftMember FindMember(string member)
    {
        EndPoint? endPoint = Guid.TryParse(member, out Guid id) ? null : ClusterNode.ParseEndPoint(RequireAddress(member));
        IReadOnlyList<RaftMember> members = _node.Members;
        return members.FirstOrDefault(known => endPoint is null ? Guid.TryParse(known.NodeId, out Guid found) && found == id : known.EndPoint.Equals(endPoint))
            ?? throw new ClusterAdminException(members.Count == 0
                ? "This node waits to be added to a cluster; it knows no members."
                : $"{member} is no member. The members are {string.Join(", ", members.Select(known => known.EndPoint.ToAddress()).Order(StringComparer.Ordinal))}.");
    }

    private async Task<MemberStatus> DescribeAsync(RaftMember member, CancellationToken cancellationToken)
    {
        NodeReport? report = member.IsLocal ? Report() : await AskForReportAsync(member, cancellationToken).ConfigureAwait(false);
        return new MemberStatus
        {
            Id = Guid.TryParse(member.NodeId, out Guid id) ? id : null,
            Address = member.EndPoint.ToAddress(),
            ServerReference = member.Metadata.GetValueOrDefault(ClusterNode.ClientKey),
            Mqtt = member.Metadata.GetValueOrDefault("mqtt"),
            Http = member.Metadata.GetValueOrDefault("http"),
            Version = member.Metadata.GetValueOrDefault("version"),
            IsThisNode = member.IsLocal,
            IsLeader = member.IsLeader,
            IsReachable = report is not null,
            IsServing = report is { IsServing: true },
            IsDraining = report is { IsDraining: true },
            FormatLevel = report?.FormatLevel,
            AppliedIndex = report?.AppliedIndex,
            Clients = report?.Clients,
            Links = report?.Links,
        };
    }

    private NodeReport Report() => new()
    {
        AppliedIndex = _node.AppliedIndex,
        Term = _node.Term,
        IsServing = _broker.IsServing,
        IsDraining = _broker.IsDraining,
        FormatLevel = _node.AgreedLevel,
        Clients = _broker.ConnectedCount,
        Links =
        [
            .. _node.Links.All.Select(link => new NodeLink
            {
                To = link.Id.Value,
                IsConnected = link.IsConnected,
                RoundTripMs = link.RoundTrip?.TotalMilliseconds,
                PendingBytes = link.PendingBytes,
                LostFrames = link.LostFrames,
            }),
        ],
    };

    private async Task<NodeReport?> AskForReportAsync(RaftMember member, CancellationToken cancellationToken)
    {
        if (!NodeId.TryParse(member.NodeId, out NodeId id) || _node.Links.Find(id) is not { IsConnected: true } link)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<NodeReport>((await link.RequestAsync(RequestKind.Report, default, s_reportTimeout, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (Exception exception) when (exception is PeerException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Has the leader do it, whoever that is by then.</summary>
    private async Task AskLeaderAsync(byte kind, string body, CancellationToken cancellationToken)
    {
        using var patience = new Patience(s_electionTimeout, _time, cancellationToken);
        while (!patience.IsOver)
        {
            LeaderAnswer answer = LeaderAnswer.NotLeader;
            if (_node.Leader == _node.Id)
            {
                answer = await LeadAsync(kind, body, cancellationToken).ConfigureAwait(false);
            }
            else if (_node.Leader is { } leader && _node.Links.Find(new NodeId(leader)) is { IsConnected: true } link)
            {
                try
                {
                    answer = LeaderAnswer.Parse((await link.RequestAsync(kind, Encoding.UTF8.GetBytes(body), kind == RequestKind.Resign ? s_askTimeout : s_changeTimeout, cancellationToken).ConfigureAwait(false)).Span);
                }
                catch (PeerException exception) when (exception.Error is PeerError.NotConnected)
                {
                    // Asked again, it says that it is done if it was.
                }
                catch (PeerException exception)
                {
                    throw new ClusterAdminException($"The leader did not answer: {exception.Message}. The status shows what became of it.", exception);
                }
            }

            switch (answer.Outcome)
            {
                case LeaderOutcome.Done:
                    return;
                case LeaderOutcome.Refused:
                    throw new ClusterAdminException(answer.Reason);
                default:
                    await patience.PauseAsync(s_pause).ConfigureAwait(false);
                    break;
            }
        }

        throw NoLeader();
    }
}
