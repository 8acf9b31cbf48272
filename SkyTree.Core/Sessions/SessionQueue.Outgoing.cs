using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>
/// QoS 2 to a durable session: that a message is sent under a packet identifier is made safe first, so that after a crash
/// the client is sent the same under the same identifier. What the window has room for is collected, and waits for the
/// disk together; messages of QoS 1 between them keep their turn.
/// </content>
internal sealed partial class SessionQueue
{
    private List<OutgoingMessage>? _collected; // to be proposed when the gate is released; guarded by _gate
    private List<(ushort PacketId, long Offset)>? _completed; // the same
    private bool _committing; // what was proposed last is not safe yet; guarded by _gate
    private long _sequence; // guarded by _gate
    private int _retainedOpen; // retained messages at QoS 1 and 2 that a durable session has not acknowledged; guarded by _gate
    private bool _retainedSettled; // the last of them was; to be proposed
    private bool _restored; // guarded by _gate

    // More may join what is to be proposed while the window has room.
    private bool IsCollecting => _collected is not null && _unacknowledged + _collectedCount < _window && _inflight is { IsFull: false };

    private int _collectedCount; // entries added since collecting began; guarded by _gate

    /// <summary>Whether messages from before a restart must be fetched before a connection can have the session.</summary>
    public bool NeedsRestore
    {
        get
        {
            lock (_gate)
            {
                return !_restored && session.IsDurable;
            }
        }
    }

    /// <summary>Fetches what was in flight at QoS 2 when the process before this one ended.</summary>
    public async ValueTask RestoreAsync()
    {
        var entries = new List<(ushort PacketId, InflightEntry Entry)>();
        long last = 0;
        int retained = 0;
        foreach (OutgoingMessage outgoing in session.Outgoing)
        {
            StoredMessage? message = outgoing.Message;
            if (message is null && outgoing is { Stage: OutgoingStage.Published, Offset: > 0 })
            {
                LogPage page = await context.Store.ReadLogAsync(outgoing.Offset - 1, null, 1).ConfigureAwait(false);
                message = page.Messages is [{ } found] && found.Offset == outgoing.Offset ? found : null;
            }

            if (message is null && outgoing.Stage == OutgoingStage.Published)
            {
                context.Log.OutgoingLost(session.ClientId, outgoing.Offset);
                context.Replicator.Propose(new CompleteOutgoing(Owned, outgoing.PacketId, outgoing.Offset), new Ignored<bool>());
                Drop(DropReason.NotFound, "");
                continue;
            }

            ReplayReader? replay = outgoing.ReplayId == 0 ? null : FindReader(outgoing.ReplayId);
            Subscription? subscription = replay is not null ? replay.Replay.Subscription : outgoing.Group is { } group ? session.FindSubscription(group) : message is null ? null : session.Resolve(message);
            entries.Add((outgoing.PacketId, new InflightEntry
            {
                Message = message,
                Subscription = subscription ?? session.Unsubscribed,
                Offset = outgoing.Offset,
                Replay = replay,
                QoS = QoS.ExactlyOnce,
                State = outgoing.Stage == OutgoingStage.Published ? InflightState.Published : InflightState.Released,
                Retain = outgoing.Retain,
                Sent = true,
            }));
            last = Math.Max(last, outgoing.Sequence);
            retained += outgoing.RetainedTopic is null ? 0 : 1;
        }

        lock (_gate)
        {
            if (_restored)
            {
                return;
            }

            _restored = true;
            _sequence = last;
            _retainedOpen += retained;
            if (entries.Count > 0)
            {
                _inflight ??= new Inflight();
                foreach ((ushort packetId, InflightEntry entry) in entries)
                {
                    _inflight.Restore(packetId, entry);
                    if (entry.Replay is { } replay)
                    {
                        replay.Unacknowledged++;
                    }
                }
            }

            _retainedSettled |= _retainedOpen == 0 && session.RetainedPending.Length > 0;
        }
    }

    private bool MustCommit(QoS qos) => qos == QoS.ExactlyOnce && session.IsDurable;

    /// <summary>Notes a message in flight that is sent once what was collected is safe.</summary>
    private void Collect(StoredMessage message, Subscription subscription, QoS qos, byte flags, long offset, ReplayReader? replay = null)
    {
        if (_collected is null)
        {
            _collected = [];
            _collectedCount = 0;
        }

        _inflight ??= new Inflight();
        bool commits = MustCommit(qos);
        bool retained = (flags & 1) != 0;
        ushort packetId = _inflight.Add(new InflightEntry
        {
            Message = message,
            Subscription = subscription,
            Offset = offset,
            Replay = replay,
            QoS = qos,
            State = commits ? InflightState.Committing : InflightState.Published,
            Retain = retained,
        });
        _collectedCount++;
        if (replay is not null)
        {
            replay.Unacknowledged++;
        }

        if (commits)
        {
            _collected.Add(new OutgoingMessage
            {
                PacketId = packetId,
                Sequence = ++_sequence,
                Offset = offset,
                Group = subscription.Group?.Filter.Text,
                ReplayId = replay?.Replay.Id ?? 0,
                Message = offset > 0 && subscription.Group is null && replay is null ? null : message, // a group's log, or a replay's, may be gone
                RetainedTopic = offset == 0 && subscription.Group is null ? message.Topic : null,
                Retain = retained,
                Stage = OutgoingStage.Published,
            });
        }
    }

    /// <summary>A QoS 2 message of a durable session needs no more of the state.</summary>
    private void Settle(ushort packetId, in InflightEntry entry)
    {
        if (session.IsDurable && entry.QoS == QoS.ExactlyOnce)
        {
            (_completed ??= []).Add((packetId, entry.Offset));
        }

        SettleRetained(entry.Offset, entry.Subscription);
    }

    private void SettleRetained(long offset, Subscription? subscription)
    {
        if (_retainedOpen > 0 && offset == 0 && subscription is { Group: null })
        {
            _retainedSettled |= --_retainedOpen == 0;
        }
    }

    /// <summary>What must be proposed, without the gate. The gate is held.</summary>
    private Commit? TakeCommit()
    {
        List<OutgoingMessage>? send = null;
        if (_collected is not null && !_committing)
        {
            send = _collected;
            _collected = null;
            _committing = true;
        }

        List<ReplayProgress>? replays = TakeReplayProgress();
        if (send is null && _completed is null && !_retainedSettled && replays is null)
        {
            return null;
        }

        var commit = new Commit(this, send, _completed, _retainedSettled, replays);
        _completed = null;
        _retainedSettled = false;
        return commit;
    }

    private void OnCommitted()
    {
        lock (_gate)
        {
            _committing = false;
            _inflight?.Committed();
        }

        Pump();
        session.PumpGroups(); // what was not safe yet kept the window shut
    }

    /// <summary>
    /// Nothing of it may be sent. Either another node has the session, and this queue is closed; or another node hands out what a
    /// shared group reads: then that is not this member's, and the rest is proposed again.
    /// </summary>
    private void OnRefused(List<OutgoingMessage> refused)
    {
        lock (_gate)
        {
            _committing = false;
            if (_inflight is null)
            {
                return;
            }

            List<OutgoingMessage> rest = [];
            foreach (OutgoingMessage message in refused)
            {
                if (message is { Group: null } or { Offset: 0 })
                {
                    rest.Add(message);
                }
                else
                {
                    _inflight.Complete(message.PacketId);
                }
            }

            if (rest.Count > 0)
            {
                _collected = [.. rest, .. _collected ?? []];
                _collectedCount = _collected.Count;
            }
        }

        Pump();
        session.PumpGroups();
    }

    /// <summary>Changes to the state that follow from what was sent and acknowledged.</summary>
    private sealed class Commit(SessionQueue queue, List<OutgoingMessage>? send, List<(ushort PacketId, long Offset)>? completed, bool retainedSettled, List<ReplayProgress>? replays) : Proposal<bool>
    {
        public void Propose()
        {
            IReplicator replicator = queue.Replicator;
            foreach ((ushort packetId, long offset) in completed ?? [])
            {
                replicator.Propose(new CompleteOutgoing(queue.Owned, packetId, offset), new Ignored<bool>());
            }

            if (retainedSettled)
            {
                replicator.Propose(new RetainedDelivered(queue.Owned), new Ignored<bool>());
            }

            if (replays is not null)
            {
                replicator.Propose(new AdvanceReplays(queue.Owned, replays), new Ignored<bool>());
            }

            if (send is not null)
            {
                replicator.Propose(new SendOutgoing(queue.Owned, send), this);
            }
        }

        public override void Complete()
        {
            if (Result)
            {
                queue.OnCommitted();
            }
            else
            {
                queue.OnRefused(send!);
            }
        }
    }

    private IReplicator Replicator => context.Replicator;

    /// <summary>The session, as this queue has it.</summary>
    public OwnedSession Owned => new(session, ownerEpoch);
}
