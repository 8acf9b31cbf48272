using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>Limits of durable sessions: what is stored is counted once for each filter, what a session loses is noted.</content>
internal sealed partial class BrokerState
{
    internal IReadOnlyList<bool> Apply(DropMessages command, long nowMs)
    {
        var applied = new bool[command.Losses.Count];
        for (int i = 0; i < applied.Length; i++)
        {
            SessionLoss loss = command.Losses[i];
            applied[i] = IsLive(loss.Of);
            if (applied[i])
            {
                Drop(loss, nowMs);
            }
        }

        return applied;
    }

    private static void Count(FilterCounter[] counters, StoredMessage message)
    {
        foreach (FilterCounter counter in counters)
        {
            counter.Add(message);
        }
    }

    private void Drop(in SessionLoss loss, long nowMs)
    {
        SessionLosses losses = loss.Session.MakeLosses();
        SaveDrop(loss.Session, losses.Remember(loss.Reason, loss.Range, nowMs, out long? forgotten));
        if (forgotten is { } number)
        {
            _changes.Delete(Key(StateKey.Drop, loss.Session.ClientId, number));
        }

        if (loss.WhenRead)
        {
            return;
        }

        if (losses.Offsets is not { } offsets || !offsets.Covers(loss.Range.From, loss.Range.To))
        {
            losses.Add(loss.Range);
        }

        if (loss.Cursor >= loss.Range.To)
        {
            Apply(new AdvanceCursors([(loss.Of, loss.Cursor)]));
        }
        else if (losses.Offsets?.Find(loss.Range.To) is { } range)
        {
            foreach (long from in losses.Save(range))
            {
                _changes.Delete(Key(StateKey.Dropped, loss.Session.ClientId, from));
            }

            SaveDropped(loss.Session, range);
        }
    }

    private void ForgetDropped(Session session)
    {
        foreach (long from in session.Losses?.Forget(session.Cursor) ?? [])
        {
            _changes.Delete(Key(StateKey.Dropped, session.ClientId, from));
        }
    }

    private FilterCounter? TakeCounter(Session session, TopicFilter filter, QoS qos) =>
        session.Backlog is not null && qos > QoS.AtMostOnce && !filter.IsShared ? Counters.Take(filter.Filter) : null;

    private void ReturnCounter(Subscription? subscription)
    {
        if (subscription?.Counter is { } counter)
        {
            Counters.Return(counter);
            if (counter.Unblock(subscription))
            {
                context.QueueRoom.Signal();
            }
        }
    }

    private void SaveDropped(Session session, DroppedRange range) =>
        _changes.Put(
            Key(StateKey.Dropped, session.ClientId, range.From),
            _value.Begin().Byte(RecordVersion).Number(range.To).Number(range.Dropped.Messages).Number(range.Dropped.Bytes).Written);

    private void LoadDropped(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        if (Sessions.Find(key.Part()) is not { } session)
        {
            return;
        }

        long from = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        session.MakeLosses().Restore(new DroppedRange(from, record.Number(), new QueueUsage(record.Number(), record.Number())));
    }

    private void SaveDrop(Session session, SessionDrop drop) =>
        _changes.Put(
            Key(StateKey.Drop, session.ClientId, drop.Number),
            _value.Begin().Byte(RecordVersion).Byte((byte)drop.Reason)
                .Number(drop.From).Number(drop.To).Number(drop.Dropped.Messages).Number(drop.Dropped.Bytes).Number(drop.AtMs).Written);

    private void LoadDrop(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        if (Sessions.Find(key.Part()) is not { } session)
        {
            return;
        }

        long number = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        var reason = (DropReason)record.Byte();
        session.MakeLosses().Restore(new SessionDrop(
            number, reason, record.Number(), record.Number(), new QueueUsage(record.Number(), record.Number()), record.Number()));
    }
}
