using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>The state as it was when the process before this one ended.</content>
internal sealed partial class BrokerState
{
    /// <summary>Reads the state from its database. Called before any command, while the state is empty.</summary>
    /// <param name="database">The database, open.</param>
    /// <param name="store">All stored messages, also those that are elsewhere.</param>
    /// <exception cref="StateDatabaseException">It was written by a later version, or a record of it makes no sense.</exception>
    public async ValueTask LoadAsync(StateDatabase database, MessageStore store)
    {
        LastOffset = await store.GetLastOffsetAsync().ConfigureAwait(false);
        if (!database.IsDurable)
        {
            LoadRegistry(database);
            return;
        }

        LoadLevel(database);
        try
        {
            if (database.Get([StateKey.Time]) is { } time)
            {
                var reader = new RecordReader(time);
                NowMs = _savedTimeMs = reader.Number();
                _lastEpoch = reader.Number();
            }

            LoadApplied(database);
            StoredUpTo = ReadStored(database);
            Read(database, StateKey.Node, LoadNode);
            Read(database, StateKey.Session, LoadSession);
            Read(database, StateKey.Cursor, (ref RecordReader key, ReadOnlySpan<byte> value) =>
            {
                if (Sessions.Find(key.Part()) is { } session)
                {
                    session.Cursor = new RecordReader(value).Number();
                }
            });
            Read(database, StateKey.Received, (ref RecordReader key, ReadOnlySpan<byte> _) => Sessions.Find(key.Part())?.ReceiveQoS2(key.Short()));
            Read(database, StateKey.Handled, (ref RecordReader key, ReadOnlySpan<byte> _) => Sessions.Find(key.Part())?.AddHandled(key.Number()));
            Read(database, StateKey.RetainedDone, (ref RecordReader key, ReadOnlySpan<byte> _) => Sessions.Find(key.Part())?.AddRetainedDone(key.Part()));
            Read(database, StateKey.Dropped, LoadDropped);
            Read(database, StateKey.Drop, LoadDrop);
            Read(database, StateKey.Retained, LoadRetained);
            var cursors = new Dictionary<string, long>(StringComparer.Ordinal);
            Read(database, StateKey.GroupCursor, (ref RecordReader key, ReadOnlySpan<byte> value) => cursors[key.Part()] = new RecordReader(value).Number());
            Read(database, StateKey.Subscription, (ref RecordReader key, ReadOnlySpan<byte> value) => LoadSubscription(ref key, value, cursors));
            Read(database, StateKey.GroupHandled, (ref RecordReader key, ReadOnlySpan<byte> _) => FindGroup(key.Part())?.AddHandled(key.Number()));
            Read(database, StateKey.Replay, LoadReplay);
            Read(database, StateKey.ReplayHandled, LoadReplayHandled);
            Read(database, StateKey.Outgoing, LoadOutgoing);
            Read(database, StateKey.DueWill, LoadDueWill);
            LoadRegistry(database);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            throw new StateDatabaseException($"A record of the state database makes no sense: {e.Message}", e);
        }

        foreach (Session session in Sessions.All)
        {
            if (session.RetainedPending.Length > 0 && IsHere(session))
            {
                RestoreRetained(session);
            }
        }
    }

    private static void Read(StateDatabase database, byte kind, RecordVisitor visit) =>
        database.Read([kind], (key, value) =>
        {
            var reader = new RecordReader(key[1..]);
            visit(ref reader, value);
            return true;
        });

    private static void CheckVersion(ref RecordReader record)
    {
        if (record.Byte() != RecordVersion)
        {
            throw new InvalidDataException("its version is not known to this program.");
        }
    }

    private void LoadSession(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        var record = new RecordReader(value);
        CheckVersion(ref record);
        var session = new Session(key.Part(), record.Flag(), context)
        {
            Epoch = record.Number(),
            ExpirySeconds = (uint)record.Number(),
            IsConnected = record.Flag(),
            ExpiresAtMs = record.OptionalNumber(),
            WillDueMs = record.OptionalNumber(),
        };
        session.RetainedPending = new string[record.Number32()];
        for (int i = 0; i < session.RetainedPending.Length; i++)
        {
            session.RetainedPending[i] = record.Text();
        }

        if (record.Flag())
        {
            session.Will = ReadWill(ref record);
        }

        if (!record.IsAtEnd)
        {
            long ownerEpoch = record.Number();
            Guid node = record.Id();
            session.RestoreOwner(context.Node == Guid.Empty ? Guid.Empty : node, ownerEpoch, context); // without a cluster all are this process's
        }

        if (!record.IsAtEnd)
        {
            session.Disconnection = new Disconnection(record.Number(), record.Text());
        }

        session.Cursor = LastOffset;
        session.Backlog?.Restore(LastOffset);
        _lastEpoch = Math.Max(_lastEpoch, session.Epoch);
        Sessions.Add(session);
        SetDue(session);
    }

    private void LoadRetained(ref RecordReader key, ReadOnlySpan<byte> value) =>
        Retained.TrySet(StoredMessageFormat.Read(0, value), int.MaxValue);

    private void LoadSubscription(ref RecordReader key, ReadOnlySpan<byte> value, Dictionary<string, long> groupCursors)
    {
        if (Sessions.Find(key.Part()) is not { } session || !TopicFilter.TryParse(key.Part(), out TopicFilter filter))
        {
            return;
        }

        long start = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        var qos = (QoS)record.Byte();
        bool noLocal = record.Flag();
        bool retainAsPublished = record.Flag();
        int identifier = record.Number32();
        long end = record.Number();
        StoredProperties properties = record.IsAtEnd ? StoredProperties.None : (StoredProperties)record.Byte();
        FilterCounter? counter = end == long.MaxValue ? TakeCounter(session, filter, qos) : null;
        SharedGroup? group = filter.IsShared ? Index.FindGroup(filter) ?? new SharedGroup(filter, context) : null;
        var subscription = new Subscription
        {
            Session = session,
            Filter = filter,
            QoS = qos,
            NoLocal = noLocal,
            RetainAsPublished = retainAsPublished,
            Identifiers = identifier == 0 ? [] : [(uint)identifier],
            Properties = properties,
            Group = group,
            Counter = counter,
            StartOffset = start,
            EndOffset = end,
        };
        if (end != long.MaxValue)
        {
            session.RestoreEnded(subscription);
            return;
        }

        session.SetSubscription(subscription, start);
        if (group is not null)
        {
            group.SavedCursor = groupCursors.GetValueOrDefault(filter.Text, start);
            group.Add(subscription, group.SavedCursor);
            if (groupCursors.ContainsKey(filter.Text))
            {
                group.RestorePlace(group.SavedCursor);
            }

            Index.Set(filter, group);
        }
        else
        {
            Index.Set(filter, subscription);
        }
    }

    private void LoadOutgoing(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        if (Sessions.Find(key.Part()) is not { } session)
        {
            return;
        }

        var record = new RecordReader(value);
        OutgoingMessage outgoing = ReadOutgoing(key.Short(), ref record);
        _lastReplay = Math.Max(_lastReplay, outgoing.ReplayId);
        session.SetOutgoing(outgoing);
        if (outgoing is { Group: { } filter, Offset: > 0 })
        {
            FindGroup(filter)?.RestoreOutstanding(outgoing.Offset);
        }
    }

    private void LoadDueWill(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        long id = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        _dueWills[id] = new DueWill(id, record.Text(), ReadWill(ref record));
        _lastWill = Math.Max(_lastWill, id);
    }

    /// <summary>Gives a session's queue what it has in memory besides the log: replays, and retained messages that were not all acknowledged.</summary>
    private void RestoreQueue(Session session)
    {
        foreach (Replay replay in session.Replays)
        {
            session.Queue.AddReplay(replay);
        }

        if (session.RetainedPending.Length > 0)
        {
            RestoreRetained(session);
        }
    }

    private void RestoreRetained(Session session)
    {
        HashSet<string> underWay = [.. session.Outgoing.Select(o => o.RetainedTopic ?? "")];
        foreach (Subscription subscription in session.Subscriptions)
        {
            if (!session.RetainedPending.Contains(subscription.Filter.Text))
            {
                continue;
            }

            var messages = new List<StoredMessage>();
            Retained.Match(subscription.Filter.Filter, NowMs, message =>
            {
                if (!session.HasRetainedDone(message.Topic) && !underWay.Contains(message.Topic) && subscription.For(message.PublisherId) is not null)
                {
                    messages.Add(message);
                }
            });
            session.Queue.AddRetained(messages, subscription);
        }
    }

    private SharedGroup? FindGroup(string filter) => TopicFilter.TryParse(filter, out TopicFilter parsed) ? Index.FindGroup(parsed) : null;

    private delegate void RecordVisitor(ref RecordReader key, ReadOnlySpan<byte> value);
}
