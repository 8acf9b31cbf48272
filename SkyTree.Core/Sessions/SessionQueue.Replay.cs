using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>
/// Replays: stored messages that a new subscription asked for. They go after retained messages and before all that is
/// newer, one replay after the other, and have cursors of their own.
/// </content>
internal sealed partial class SessionQueue
{
    private const int ReplayStep = 256; // messages between two notes of a replay's cursor: so many may come again after a crash
    private const int InlineReplayPages = 4; // that one client's history may keep a thread busy with at a stretch

    private List<ReplayReader>? _replays; // not all sent; the first is in turn; guarded by _gate
    private List<ReplayReader>? _replaysToNote; // guarded by _gate

    /// <summary>A replay for a subscription just made, or from before a restart. Nothing newer is sent before its end.</summary>
    public void AddReplay(Replay replay)
    {
        lock (_gate)
        {
            (_replays ??= []).Add(new ReplayReader(replay));
            _heldBack = true;
        }
    }

    /// <summary>The subscription has ended, or wants another start. What is in flight stays so.</summary>
    public void StopReplay(Replay replay)
    {
        lock (_gate)
        {
            if (_replays?.RemoveAll(reader => reader.Replay == replay) > 0)
            {
                SetHeldBack();
            }
        }
    }

    /// <summary>
    /// Lets the replays that were added begin once the store has everything up to their ends: what was applied before them
    /// may still be on its way to the disk. Holding no lock; <see cref="Pump"/> follows.
    /// </summary>
    public void StartReplays()
    {
        ReplayReader[] added;
        lock (_gate)
        {
            added = [.. _replays?.Where(reader => !reader.IsReady) ?? []];
        }

        if (added.Length == 0)
        {
            return;
        }

        var turn = new StoreTurn(this, added);
        Replicator.Propose(new ReadLastOffset(), turn);
        lock (_gate)
        {
            turn.IsAwaited = true;
        }
    }

    private void OnStored(StoreTurn turn, ReplayReader[] readers)
    {
        bool awaited;
        lock (_gate)
        {
            foreach (ReplayReader reader in readers)
            {
                reader.IsReady = true;
            }

            awaited = turn.IsAwaited;
        }

        if (awaited)
        {
            PumpForPublisher(); // the log's thread does not read for one client
        }
    }

    private ReplayReader? CurrentReplay => _replays is [var first, ..] ? first : null;

    private void SetHeldBack() => _heldBack = _retained is { Count: > 0 } || _replays is { Count: > 0 } || _waiting is { Count: > 0 };

    /// <summary>Sends the next message of the replay in turn. False: it has to be read, or must wait. The gate is held.</summary>
    private bool SendReplayed(ReplayReader reader, long nowMs)
    {
        if (!reader.TryPeek(out StoredMessage? message))
        {
            if (reader.IsAtEnd)
            {
                FinishSending(reader);
                return true;
            }

            return false;
        }

        Subscription subscription = reader.Replay.Subscription;
        var qos = (QoS)Math.Min(message.QoS, (byte)subscription.QoS);
        if (qos > QoS.AtMostOnce ? !(IsWindowOpen || IsCollecting) : IsCollecting)
        {
            return false;
        }

        if (WhyNot(message, subscription, nowMs, replay: true) is { } reason)
        {
            reader.Take();
            Drop(reason, message.Topic);
            NoteProgress(reader);
            return true;
        }

        byte flags = RetainFlag(message.Retain, subscription);
        if (IsCollecting || MustCommit(qos))
        {
            reader.Take();
            Collect(message, subscription, qos, flags, message.Offset, reader);
            return true;
        }

        var fanout = new Fanout(message, nowMs);
        bool goesOn = true;
        if (qos > QoS.AtMostOnce)
        {
            reader.Take();
            if (!Send(ref fanout, subscription, qos, flags, session.IsDurable ? message : null, message.Offset, reader))
            {
                NoteProgress(reader);
            }
        }
        else
        {
            goesOn = SendReplayedOnce(reader, ref fanout, flags);
        }

        fanout.Dispose();
        return goesOn;
    }

    /// <summary>QoS 0. What the buffer does not take stays where it is: there is no hurry, and it can be read again.</summary>
    private bool SendReplayedOnce(ReplayReader reader, ref Fanout message, byte flags)
    {
        Subscription subscription = reader.Replay.Subscription;
        AppendOutcome outcome = _connection!.Outbound.AppendPublish(
            ref message, QoS.AtMostOnce, flags, 0, subscription.Identifiers, subscription.Properties);
        if (outcome is AppendOutcome.Full or AppendOutcome.Closed)
        {
            return outcome == AppendOutcome.Full; // who drains finds that there is no room, and asks for it
        }

        Count(outcome, ref message);
        reader.Take();
        NoteProgress(reader);
        return true;
    }

    private void FinishSending(ReplayReader reader)
    {
        _replays!.Remove(reader);
        SetHeldBack();
        reader.IsSent = true;
        NoteIfEnded(reader);
    }

    /// <summary>A message of a replay is acknowledged, or will not be.</summary>
    private void SettleReplay(ReplayReader? reader)
    {
        if (reader is null)
        {
            return;
        }

        reader.Unacknowledged--;
        NoteProgress(reader);
        NoteIfEnded(reader);
    }

    private void NoteIfEnded(ReplayReader reader)
    {
        if (reader is { IsSent: true, Unacknowledged: 0 })
        {
            Note(reader);
        }
    }

    private void NoteProgress(ReplayReader reader)
    {
        if (++reader.Progress >= ReplayStep && session.IsDurable)
        {
            Note(reader);
        }
    }

    private void Note(ReplayReader reader)
    {
        reader.Progress = 0;
        _replaysToNote ??= [];
        if (!_replaysToNote.Contains(reader))
        {
            _replaysToNote.Add(reader);
        }
    }

    /// <summary>The client is away.</summary>
    private void SuspendReplays()
    {
        foreach (ReplayReader reader in _replays ?? [])
        {
            reader.Suspend();
            if (reader.Progress > 0 && session.IsDurable)
            {
                Note(reader);
            }
        }
    }

    /// <summary>How far replays have come that are to be noted in the state; null: none. The gate is held.</summary>
    private List<ReplayProgress>? TakeReplayProgress()
    {
        if (_replaysToNote is not { Count: > 0 } readers)
        {
            return null;
        }

        _replaysToNote = null;
        return readers.ConvertAll(reader => new ReplayProgress(
            reader.Replay,
            _inflight?.LowestOffset(reader) is { } lowest ? Math.Min(reader.Position, lowest - 1) : reader.Position,
            reader is { IsSent: true, Unacknowledged: 0 }));
    }

    /// <summary>Finds what a message in flight from before a restart is of; the replay may have been stopped since.</summary>
    private ReplayReader FindReader(long replayId)
    {
        lock (_gate)
        {
            return _replays?.Find(reader => reader.Replay.Id == replayId)
                ?? new ReplayReader(new Replay { Id = replayId, Subscription = session.Unsubscribed, End = 0 });
        }
    }

    /// <summary>Reads a replay's next page. False when it is not there yet: its arrival pumps.</summary>
    private bool ReadReplay(ReplayReader reader, long after, int number)
    {
        ValueTask<LogPage> read = context.ReadLog(after, reader.Replay.Matches, PageSize);
        if (read.IsCompletedSuccessfully)
        {
            EndReplayRead(reader, number, read.Result);
            return true;
        }

        _ = FinishReplayReadAsync(reader, number, read);
        return false;
    }

    private async Task FinishReplayReadAsync(ReplayReader reader, int number, ValueTask<LogPage> read)
    {
        try
        {
            EndReplayRead(reader, number, await read.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The store is down, and no acknowledgement may be due that would ask again.
            lock (_gate)
            {
                reader.AbandonRead(number);
            }

            context.Retries.Add(session.ClientId, e, Pump);
            return;
        }

        CatchUp();
    }

    private void EndReplayRead(ReplayReader reader, int number, LogPage page)
    {
        var messages = new List<StoredMessage>(page.Messages.Count);
        foreach (StoredMessage message in page.Messages)
        {
            if (reader.Replay.Covers(message) && !session.HasHandled(reader.Replay, message.Offset))
            {
                messages.Add(message);
            }
        }

        lock (_gate)
        {
            reader.EndRead(number, messages, page.Next);
        }
    }

    /// <summary>Completes when all that was applied before it is in the store.</summary>
    private sealed class StoreTurn(SessionQueue queue, ReplayReader[] readers) : Proposal<long>
    {
        /// <summary>Whether nobody will pump any more who waited for it. Guarded by the queue's gate.</summary>
        public bool IsAwaited { get; set; }

        public override void Complete() => queue.OnStored(this, readers);
    }
}

/// <summary>How far a replay has come.</summary>
/// <param name="Replay">The replay.</param>
/// <param name="Cursor">Offsets up to this one are acknowledged.</param>
/// <param name="Ended">Whether all of it is.</param>
internal readonly record struct ReplayProgress(Replay Replay, long Cursor, bool Ended);
