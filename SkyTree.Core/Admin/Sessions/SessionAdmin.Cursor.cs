using System.Globalization;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Admin.Sessions;

/// <content>Putting a session's cursor elsewhere.</content>
public sealed partial class SessionAdmin
{
    private const int MoveAttempts = 4; // at a client that is back at once each time it is disconnected
    private static readonly TimeSpan s_goingPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Puts a durable session's cursor elsewhere: forward, it does not get what is between; back, it gets again what is
    /// still stored and was appended while its subscriptions stood. A client that is connected is disconnected for it
    /// with 0x98, and reads on from there when it is back.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">
    /// The caller may not, there is no such session or it is transient, its client keeps coming back, or a node or the store is away.
    /// </exception>
    public async Task<CursorMoved> MoveCursorAsync(Caller caller, string clientId, CursorTarget target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(target);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        Session session = Find(clientId);
        if (!session.IsDurable)
        {
            throw NotDurable(clientId);
        }

        long before = session.Cursor;
        long offset = await FindOffsetAsync(target, cancellationToken).ConfigureAwait(false);
        bool disconnected = false;
        for (int attempt = 0; attempt < MoveAttempts; attempt++)
        {
            switch (await _parts.ProposeAsync(new MoveCursor(clientId, offset)).ConfigureAwait(false))
            {
                case MoveCursorResult.Moved:
                    await _parts.Audit.NoteAsync(
                        caller,
                        "sessions.move_cursor",
                        clientId,
                        before.ToString(CultureInfo.InvariantCulture),
                        session.Cursor.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
                    return new CursorMoved(before, session.Cursor, disconnected);
                case MoveCursorResult.NotFound:
                    throw AdminMistakes.NoSession(clientId);
                case MoveCursorResult.NotDurable:
                    throw NotDurable(clientId);
            }

            disconnected |= await TryKickAsync(session, "cursor moved", cancellationToken).ConfigureAwait(false);
            long started = TimeProvider.System.GetTimestamp();
            while (session.IsConnected && TimeProvider.System.GetElapsedTime(started) < s_goingPatience)
            {
                await Task.Delay(s_look, cancellationToken).ConfigureAwait(false);
            }
        }

        throw new AdminException(AdminError.Conflict, "client_connected", $"Client '{clientId}' comes back each time before its cursor can be moved; try again, or ban it for a moment.");
    }

    private static AdminException NotDurable(string clientId) =>
        new(AdminError.Conflict, "not_durable", $"The session of client '{clientId}' is transient: it has no cursor.");

    private async ValueTask<long> FindOffsetAsync(CursorTarget target, CancellationToken cancellationToken)
    {
        if ((target.Offset is not null ? 1 : 0) + (target.Time is not null ? 1 : 0) + (target.ToEnd ? 1 : 0) != 1)
        {
            throw AdminMistakes.Invalid("offset", "bad_target", "Say one of offset, time and toEnd.");
        }

        if (target.Offset is { } offset)
        {
            return offset >= 0 ? offset : throw AdminMistakes.Invalid("offset", "bad_offset", "An offset is 0 or above.");
        }

        if (target.Time is not { } time)
        {
            return long.MaxValue;
        }

        try
        {
            return await _parts.Router.FindOffsetAsync(time.ToUnixTimeMilliseconds()).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false) - 1;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw AdminMistakes.StoreAway(exception);
        }
    }
}

/// <summary>Where a cursor goes: one of three.</summary>
public sealed record CursorTarget
{
    /// <summary>Up to this offset everything counts as acknowledged; 0: nothing does.</summary>
    public long? Offset { get; init; }

    /// <summary>What was stored before this time counts as acknowledged.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>All that is stored counts as acknowledged.</summary>
    public bool ToEnd { get; init; }
}

/// <summary>A cursor was moved.</summary>
/// <param name="Before">Where it was.</param>
/// <param name="Cursor">Where it is.</param>
/// <param name="Disconnected">Whether the client was disconnected for it.</param>
public sealed record CursorMoved(long Before, long Cursor, bool Disconnected);
