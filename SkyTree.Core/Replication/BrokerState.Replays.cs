using SkyTree.Core.Protocol;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>Replays of what is stored, for subscriptions that asked for it.</content>
internal sealed partial class BrokerState
{
    internal bool Apply(AdvanceReplays command)
    {
        Session session = command.Of.Session;
        foreach (ReplayProgress progress in command.Replays)
        {
            Replay replay = progress.Replay;
            if (!IsLive(command.Of) || session.FindReplay(replay.Id) != replay)
            {
                continue; // stopped meanwhile
            }

            if (progress.Ended)
            {
                RemoveReplay(session, replay);
                continue;
            }

            replay.Cursor = Math.Max(replay.Cursor, progress.Cursor);
            SaveReplay(replay);
            foreach (long offset in session.ForgetHandled(replay))
            {
                _changes.Delete(ReplayHandledKey(session, replay.Id).Number(offset).Written);
            }
        }

        return true;
    }

    /// <summary>
    /// A subscription that is to begin with what is stored takes over, from there on, what older versions of it have not
    /// sent yet: else it would come twice.
    /// </summary>
    /// <returns>The last offset of the version that stands now.</returns>
    private long EndEarlier(Session session, TopicFilter filter, long? from)
    {
        if (from is not { } first)
        {
            return LastOffset;
        }

        long end = Math.Clamp(first - 1, 0, LastOffset);
        foreach (Subscription ended in session.FindEnded(filter.Text))
        {
            if (ended.EndOffset > end)
            {
                ended.EndOffset = end;
                SaveReplaced(ended);
            }
        }

        return end;
    }

    private void StartReplay(Session session, Subscription subscription, long from)
    {
        StopReplay(session, subscription.Filter.Text);
        if (from > LastOffset)
        {
            return;
        }

        var replay = new Replay { Id = ++_lastReplay, Subscription = subscription, End = LastOffset, Cursor = Math.Max(0, from - 1) };
        session.AddReplay(replay);
        SaveReplay(replay);
        if (IsHere(session))
        {
            session.Queue.AddReplay(replay);
        }
    }

    private void StopReplay(Session session, string filter)
    {
        if (session.FindReplay(filter) is { } replay)
        {
            RemoveReplay(session, replay);
            session.Queue.StopReplay(replay);
        }
    }

    private void RemoveReplay(Session session, Replay replay)
    {
        session.RemoveReplay(replay);
        if (session.IsRecorded)
        {
            _changes.Delete(ReplayKey(session, replay.Id));
            _changes.DeletePrefix(ReplayHandledKey(session, replay.Id).Written);
        }
    }

    private void SaveReplay(Replay replay)
    {
        Subscription subscription = replay.Subscription;
        if (!subscription.Session.IsRecorded)
        {
            return;
        }

        _value.Begin().Byte(RecordVersion)
            .Number(replay.Cursor)
            .Number(replay.End)
            .Text(subscription.Filter.Text)
            .Byte((byte)subscription.QoS)
            .Flag(subscription.NoLocal)
            .Flag(subscription.RetainAsPublished)
            .Number32(subscription.Identifiers.Length == 0 ? 0 : (int)subscription.Identifiers[0])
            .Byte((byte)subscription.Properties);
        _changes.Put(ReplayKey(subscription.Session, replay.Id), _value.Written);
    }

    private void SaveReplayHandled(Session session, long replayId, long offset)
    {
        if (session.FindReplay(replayId) is { } replay && offset > replay.Cursor)
        {
            _changes.Put(ReplayHandledKey(session, replayId).Number(offset).Written, default);
        }
    }

    private void LoadReplay(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        if (Sessions.Find(key.Part()) is not { } session)
        {
            return;
        }

        long id = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        long cursor = record.Number();
        long end = record.Number();
        if (!TopicFilter.TryParse(record.Text(), out TopicFilter filter))
        {
            return;
        }

        var qos = (QoS)record.Byte();
        bool noLocal = record.Flag();
        bool retainAsPublished = record.Flag();
        int identifier = record.Number32();
        var replay = new Replay
        {
            Id = id,
            End = end,
            Cursor = cursor,
            Subscription = new Subscription
            {
                Session = session,
                Filter = filter,
                QoS = qos,
                NoLocal = noLocal,
                RetainAsPublished = retainAsPublished,
                Identifiers = identifier == 0 ? [] : [(uint)identifier],
                Properties = (StoredProperties)record.Byte(),
                StartOffset = end,
            },
        };
        _lastReplay = Math.Max(_lastReplay, id);
        session.AddReplay(replay);
        if (IsHere(session))
        {
            session.Queue.AddReplay(replay);
        }
    }

    private void LoadReplayHandled(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        if (Sessions.Find(key.Part()) is { } session && session.FindReplay(key.Number()) is { } replay)
        {
            session.AddHandled(replay, key.Number());
        }
    }

    private ReadOnlySpan<byte> ReplayKey(Session session, long id) => Key(StateKey.Replay, session.ClientId, id);

    private RecordWriter ReplayHandledKey(Session session, long id) => _key.Begin().Byte(StateKey.ReplayHandled).Part(session.ClientId).End().Number(id);
}
