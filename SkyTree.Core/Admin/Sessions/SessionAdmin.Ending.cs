using System.Globalization;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Admin.Sessions;

/// <content>Kicking clients and ending sessions.</content>
public sealed partial class SessionAdmin
{
    private const int LongestReason = 1000;
    private const int DeleteBatch = 100;

    /// <summary>
    /// Disconnects a client: DISCONNECT 0x98 to a 5.0 client, with a reason; its session stays as long as it would after
    /// any loss of its connection, and it may come back at once.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="reason">What the client is told, up to 1,000 characters; null: a plain sentence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is no such session, nobody is connected, or the client's node is away.</exception>
    public async Task KickAsync(Caller caller, string clientId, string? reason = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        string text = RequireReason(reason) ?? "disconnected by an operator";
        if (!await TryKickAsync(Find(clientId), text, cancellationToken).ConfigureAwait(false))
        {
            throw new AdminException(AdminError.Conflict, "not_connected", $"Client '{clientId}' is not connected.");
        }

        await _parts.Audit.NoteAsync(caller, "sessions.kick", clientId).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends a session, connected or not: its subscriptions and what waits for it are gone, its Will is sent, its client is
    /// disconnected.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is no such session.</exception>
    public async Task DeleteAsync(Caller caller, string clientId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        await EndAsync(Find(clientId), cancellationToken).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(caller, "sessions.delete", clientId).ConfigureAwait(false);
    }

    /// <summary>Ends all sessions that fit, a hundred at a time, with room for others between.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">Which. An empty one is refused: it would mean all.</param>
    /// <param name="dryRun">Whether they are only counted.</param>
    /// <param name="progress">Is told how many have been ended; null: nobody is.</param>
    /// <param name="cancellationToken">Stops; what has been ended stays so.</param>
    /// <returns>How many fit, and how many were ended.</returns>
    /// <exception cref="AdminException">The caller may not, or the filter is empty.</exception>
    public async Task<BulkResult> DeleteManyAsync(Caller caller, SessionFilter filter, bool dryRun, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(filter);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        if (filter.IsEmpty)
        {
            throw new AdminException(AdminError.Invalid, "filter_required", "Say which sessions: without a filter it would be all of them.");
        }

        long matched = 0;
        long done = 0;
        string? cursor = null;
        var away = new HashSet<Guid>();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            Page<SessionItem> page = await ListAsync(caller, filter, cursor, DeleteBatch, cancellationToken).ConfigureAwait(false);
            away.UnionWith(page.Unavailable);
            matched += page.Items.Count;
            foreach (SessionItem item in dryRun ? [] : page.Items)
            {
                if (_parts.State.Sessions.Find(item.ClientId) is { } session && filter.Fits(session))
                {
                    await EndAsync(session, cancellationToken).ConfigureAwait(false);
                    done++;
                }
            }

            progress?.Report(dryRun ? matched : done);
            cursor = page.Next;
            if (!dryRun)
            {
                await Task.Yield();
            }
        }
        while (cursor is not null);

        if (done > 0)
        {
            await _parts.Audit.NoteAsync(caller, "sessions.delete_many", string.Create(CultureInfo.InvariantCulture, $"{done} sessions"), after: AdminJson.Write(filter)).ConfigureAwait(false);
        }

        return new BulkResult(matched, done, dryRun) { Unavailable = [.. away.Order()] };
    }

    private static string? RequireReason(string? reason) =>
        reason is not { Length: > LongestReason } ? reason : throw AdminMistakes.Invalid("reason", "bad_reason", "A reason has at most 1,000 characters.");

    private bool KickHere(string clientId, string reason)
    {
        if (_parts.State.Sessions.Find(clientId)?.Queue.Connection is not { } connection)
        {
            return false;
        }

        connection.RequestClose(ReasonCode.AdministrativeAction, reason);
        FlushList.FlushAll();
        return true;
    }

    /// <exception cref="AdminException">The node that has the client is away.</exception>
    private async ValueTask<bool> TryKickAsync(Session session, string reason, CancellationToken cancellationToken)
    {
        if (session.Node == _parts.State.Node)
        {
            return KickHere(session.ClientId, reason);
        }

        if (!session.IsConnected)
        {
            return false;
        }

        Guid node = session.Node;
        NodeAnswer<bool> answer = await _parts.Nodes.AskAsync<KickQuestion, bool>(node, "sessions.kick", new KickQuestion(session.ClientId, reason), cancellationToken).ConfigureAwait(false);
        return answer.HasAnswered ? answer.Value : throw AdminMistakes.NodeAway(node);
    }

    private async ValueTask EndAsync(Session session, CancellationToken cancellationToken)
    {
        const string Reason = "the session was ended by an operator";
        try
        {
            await TryKickAsync(session, Reason, cancellationToken).ConfigureAwait(false); // first, so that the client is told why
        }
        catch (AdminException exception) when (exception.Error == AdminError.Unavailable)
        {
            // Its node learns of the session's end when it is back, and closes the connection then.
        }

        if (await _parts.ProposeAsync(new EndSession(session.ClientId)).ConfigureAwait(false) is not { } ended)
        {
            return; // a transient session ends with its connection
        }

        ended.Connection?.RequestClose(ReasonCode.AdministrativeAction, Reason);
        FlushList.FlushAll();
        if (ended.Will is { } will)
        {
            await _parts.Services.Wills.SendAsync(will).ConfigureAwait(false);
        }
    }

    internal sealed record KickQuestion(string ClientId, string Reason);
}
