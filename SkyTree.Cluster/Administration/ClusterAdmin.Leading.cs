using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Raft;

namespace SkyTree.Cluster.Administration;

/// <content>What a node does when others ask.</content>
internal sealed partial class ClusterAdmin
{
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_reachTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_removeTimeout = TimeSpan.FromSeconds(30);

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(byte kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => kind switch
    {
        RequestKind.Report => JsonSerializer.SerializeToUtf8Bytes(Report()),
        RequestKind.Drain => (await DrainHereAsync(Encoding.UTF8.GetString(body.Span), cancellationToken).ConfigureAwait(false)).ToBytes(),
        RequestKind.EndDrain => EndDrainHere().ToBytes(),
        RequestKind.Query => await _broker.Admin.Nodes.AnswerAsync(body, cancellationToken).ConfigureAwait(false),
        RequestKind.Add or RequestKind.Remove or RequestKind.Resign or RequestKind.IsMember =>
            (await LeadAsync(kind, Encoding.UTF8.GetString(body.Span), cancellationToken).ConfigureAwait(false)).ToBytes(),
        _ => throw new PeerException(PeerError.Refused, $"request {kind} is not known to this version"),
    };

    /// <summary>Does what only the leader does, if this node leads.</summary>
    private async Task<LeaderAnswer> LeadAsync(byte kind, string body, CancellationToken cancellationToken)
    {
        if (!_node.IsLeader)
        {
            return LeaderAnswer.NotLeader;
        }

        try
        {
            switch (kind)
            {
                case RequestKind.Add:
                    return await AddHereAsync(body, cancellationToken).ConfigureAwait(false);
                case RequestKind.Remove:
                    return await RemoveHereAsync(body, cancellationToken).ConfigureAwait(false);
                case RequestKind.IsMember:
                    return await IsMemberAsync(body, cancellationToken).ConfigureAwait(false);
                default:
                    return IsAnother(body) || await _node.ResignAsync(cancellationToken).ConfigureAwait(false) ? LeaderAnswer.Done : LeaderAnswer.NotLeader;
            }
        }
        catch (RaftException exception) when (exception.Error is RaftError.NotLeader or RaftError.NoLeader)
        {
            return LeaderAnswer.NotLeader;
        }
        catch (RaftException exception)
        {
            return LeaderAnswer.Refused(exception.Message);
        }
        catch (FormatException exception)
        {
            return LeaderAnswer.Refused(exception.Message);
        }
    }

    private bool IsAnother(string node) => Guid.TryParse(node, out Guid id) && id != _node.Id;

    private async Task<LeaderAnswer> DrainHereAsync(string perSecond, CancellationToken cancellationToken)
    {
        try
        {
            await BeginDrainAsync(int.TryParse(perSecond, NumberStyles.None, CultureInfo.InvariantCulture, out int rate) ? rate : 0, cancellationToken).ConfigureAwait(false);
            return LeaderAnswer.Done;
        }
        catch (ClusterAdminException exception)
        {
            return LeaderAnswer.Refused(exception.Message);
        }
    }

    private LeaderAnswer EndDrainHere()
    {
        EndDrain();
        return LeaderAnswer.Done;
    }

    private async Task<LeaderAnswer> AddHereAsync(string address, CancellationToken cancellationToken)
    {
        // Nobody should wait for minutes to learn of a misspelt address.
        if (await FindReasonNotToReachAsync(address, cancellationToken).ConfigureAwait(false) is { } reason)
        {
            return LeaderAnswer.Refused($"Nobody answers at {address}: {reason}. Start the new node first, with SkyTree:Cluster:Start=Join, and give its address and log port.");
        }

        using var patience = new Patience(s_joinTimeout, _time, cancellationToken);
        using var enough = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, enough.Token);
        using var refusal = new Refusal(_node, enough);
        try
        {
            await _node.AddMemberAsync(ClusterNode.ParseEndPoint(address), either.Token).ConfigureAwait(false);
            return LeaderAnswer.Done;
        }
        catch (OperationCanceledException) when (refusal.Reason is { } why)
        {
            return LeaderAnswer.Refused($"The node at {address} is not added. {why}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return LeaderAnswer.Refused($"The node at {address} could not be reached, or did not catch up within {s_joinTimeout.TotalMinutes} minutes. It must run with SkyTree:Cluster:Start=Join, the same secret, and an empty data folder, and have exactly this address and log port.");
        }
    }

    private async Task<string?> FindReasonNotToReachAsync(string address, CancellationToken cancellationToken)
    {
        using var patience = new Patience(s_reachTimeout, _time, cancellationToken);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(ClusterNode.ParseEndPoint(address), patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it was tried for {s_reachTimeout.TotalSeconds} s";
        }
    }

    private async Task<LeaderAnswer> RemoveHereAsync(string address, CancellationToken cancellationToken)
    {
        using var patience = new Patience(s_removeTimeout, _time, cancellationToken);
        try
        {
            await _node.RemoveMemberAsync(ClusterNode.ParseEndPoint(address), patience.Token).ConfigureAwait(false);
            return LeaderAnswer.Done;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return LeaderAnswer.Refused($"{address} was not removed within {s_removeTimeout.TotalSeconds} s: a majority of the members, that one included, must run and reach each other.");
        }
    }

    /// <summary>A member that asks has not been heard for a while; one that was removed finds out so.</summary>
    private async Task<LeaderAnswer> IsMemberAsync(string address, CancellationToken cancellationToken)
    {
        // One that was deposed and does not know yet might not know of a member that the next leader has added.
        await _node.RequireLeadershipAsync(cancellationToken).ConfigureAwait(false);
        return _node.Members.Any(member => member.EndPoint.ToAddress() == address) ? LeaderAnswer.Done : LeaderAnswer.Refused("no member");
    }
}
