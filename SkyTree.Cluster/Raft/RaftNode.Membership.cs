using System.Net;
using DotNext.Net.Cluster;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace SkyTree.Cluster.Raft;

internal sealed partial class RaftNode
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>Whether members are being changed by this node.</summary>
    public bool IsChangingMembers => _changing.CurrentCount == 0;

    /// <summary>
    /// Adds a node that waits to join (<see cref="RaftStart.Join"/>). It is brought up to what was committed when the last
    /// attempt began before it is counted; then its vote is needed like any other's.
    /// </summary>
    /// <remarks>
    /// <para>Two members are a transit only: either one's loss stops both. Add the third at once.</para>
    /// <para>It goes on trying while the node cannot be reached or is behind. Entries travel up to 1 MiB a request, a
    /// checkpoint beside them; what has arrived stays when an attempt ends.</para>
    /// </remarks>
    /// <param name="member">The node's public endpoint, as it has it itself.</param>
    /// <param name="cancellationToken">Gives up; the node is then not a member, unless that was just being committed (see <see cref="Members"/>).</param>
    /// <exception cref="RaftException">This node does not lead, or there are three members already.</exception>
    public async Task AddMemberAsync(EndPoint member, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(member);
        await ChangeAsync(
            async () =>
            {
                while (!(await _members.ReadAsync(cancellationToken).ConfigureAwait(false)).Contains(member))
                {
                    RequireRoom(await _members.ReadAsync(cancellationToken).ConfigureAwait(false));
                    if (!await Cluster.AddMemberAsync(member, cancellationToken).ConfigureAwait(false))
                    {
                        await Task.Delay(BetweenAttempts, _time, cancellationToken).ConfigureAwait(false);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
        RaftLog.MemberChanged(_logger, member.ToString()!, "was added");
    }

    /// <summary>Removes a member, dead or alive. A majority of the members with it must be alive. To replace one, remove it first, then add the new one.</summary>
    /// <param name="member">Its endpoint; not this node's, which leads: let another lead first (<see cref="ResignAsync"/>).</param>
    /// <param name="cancellationToken">Gives up; see <see cref="Members"/> for what became of it.</param>
    /// <exception cref="RaftException">This node does not lead, or is that member.</exception>
    public async Task RemoveMemberAsync(EndPoint member, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (member.Equals(_options.PublicEndPoint))
        {
            throw new RaftException(RaftError.Membership, "A leader does not remove itself. Let another node lead first.");
        }

        await ChangeAsync(
            async () =>
            {
                while ((await _members.ReadAsync(cancellationToken).ConfigureAwait(false)).Contains(member))
                {
                    if (!await Cluster.RemoveMemberAsync(member, cancellationToken).ConfigureAwait(false))
                    {
                        // It is in the file, and the library is about to read that.
                        await Task.Delay(BetweenAttempts, _time, cancellationToken).ConfigureAwait(false);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
        RaftLog.MemberChanged(_logger, member.ToString()!, "was removed");
    }

    /// <summary>
    /// Before a node is added: from then on who joins gets a checkpoint, however young the log is. Its files travel over a link, so a
    /// node that is refused there never has a vote. Needs entries that are appended meanwhile.
    /// </summary>
    /// <param name="joining">The node.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RaftException">There are three members already.</exception>
    public async Task PublishCheckpointAsync(EndPoint joining, CancellationToken cancellationToken)
    {
        IReadOnlySet<EndPoint> members = await _members.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (members.Contains(joining))
        {
            return;
        }

        // With two members each has every entry that is committed; a third that is a little slow would get the checkpoint, too.
        RequireRoom(members);
        while (IsLeader && _checkpoints.Published is null)
        {
            _machine.WantCheckpoint(); // the first is published when the second is there
            await Task.Delay(BetweenAttempts, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void RequireRoom(IReadOnlySet<EndPoint> members)
    {
        if (members.Count >= RaftNodeOptions.MaximumVoters)
        {
            throw new RaftException(RaftError.Membership, $"The cluster has {members.Count} members, and three is the most that can vote: with more, an entry could count as safe that a majority has not got. Remove one first.");
        }
    }

    private async Task ChangeAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        if (!IsLeader)
        {
            throw new RaftException(RaftError.NotLeader, "Members are changed by the leader only.");
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await change().ConfigureAwait(false);
        }
        catch (NotLeaderException exception)
        {
            throw new RaftException(RaftError.NotLeader, "This node ceased to lead while it changed the members; see them for what became of it.", exception);
        }
        catch (WriteAheadLog.InternalException exception)
        {
            throw Failed(exception);
        }
        finally
        {
            _changing.Release();
        }
    }

    private RaftMember Describe(RaftClusterMember member)
    {
        IReadOnlyDictionary<string, string> metadata = member.TryGetMetadata() ?? new Dictionary<string, string>();
        return new RaftMember
        {
            EndPoint = member.EndPoint,
            NodeId = member.IsRemote ? metadata.GetValueOrDefault(NodeIdKey) : _options.NodeId,
            IsLocal = !member.IsRemote,
            IsLeader = ReferenceEquals(_cluster?.Leader, member),
            IsReachable = member.Status is ClusterMemberStatus.Available,
            Metadata = metadata,
        };
    }

    /// <summary>Asks the other members who they are, which is also how a follower knows who is there, and notices a failed log.</summary>
    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(WatchEvery, _time);
        try
        {
            do
            {
                await Log.WaitForApplyAsync(0, _stopping.Token).ConfigureAwait(false);
                await Task.WhenAll(Cluster.Members.Where(member => member.IsRemote).Select(AskAsync)).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
        catch (WriteAheadLog.InternalException exception)
        {
            RaftLog.Failed(_logger, exception);
            _failure.TrySetException(Failed(exception));
        }
    }

    private async Task AskAsync(RaftClusterMember member)
    {
        // The leader talks to all of them anyway; a request more would wait behind those that replicate.
        bool known = member.TryGetMetadata() is not null && (IsLeader ? member.Status is ClusterMemberStatus.Available : member.IsLeader);
        if (known)
        {
            return;
        }

        try
        {
            await member.GetMetadataAsync(refresh: true, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception) when (!_stopping.IsCancellationRequested)
        {
            // It cannot be reached, or was removed meanwhile; its status says so.
        }
    }
}
