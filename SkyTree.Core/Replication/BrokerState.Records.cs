using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>What the state is on disk: a record for each thing that changes on its own, so that a change costs no more than itself.</content>
internal sealed partial class BrokerState
{
    private const byte RecordVersion = 1;
    private const long TimeStepMs = 1000; // the time on disk is at most so old

    private readonly RecordWriter _key = new();
    private readonly RecordWriter _value = new();
    private StateBatch _changes = MemoryDatabase.NewBatch(); // the replicator's, while a command is applied

    private void SaveTime(long nowMs)
    {
        if (nowMs - _savedTimeMs >= TimeStepMs && _changes.Count > _changesBefore)
        {
            _savedTimeMs = nowMs;
            _changes.Put(_key.Begin().Byte(StateKey.Time).Written, _value.Begin().Number(nowMs).Number(_lastEpoch).Written);
        }
    }

    /// <summary>Notes up to where the external store of a cluster has every message.</summary>
    internal static void SaveStored(StateBatch changes, long upTo) =>
        changes.Put([StateKey.Stored], new RecordWriter().Begin().Number(upTo).Written);

    /// <summary>Up to where it has, as it was noted; 0: it was not.</summary>
    internal static long ReadStored(StateDatabase database) =>
        database.Get([StateKey.Stored]) is { } stored ? new RecordReader(stored).Number() : 0;

    private void SaveSession(Session session)
    {
        _value.Begin().Byte(RecordVersion)
            .Flag(session.IsDurable)
            .Number(session.Epoch)
            .Number(session.ExpirySeconds)
            .Flag(session.IsConnected)
            .OptionalNumber(session.ExpiresAtMs)
            .OptionalNumber(session.WillDueMs)
            .Number32(session.RetainedPending.Length);
        foreach (string filter in session.RetainedPending)
        {
            _value.Text(filter);
        }

        _value.Flag(session.Will is not null);
        if (session.Will is { } will)
        {
            Write(_value, will);
        }

        _value.Number(session.OwnerEpoch).Id(session.Node);
        if (session.Disconnection is { } disconnection)
        {
            _value.Number(disconnection.AtMs).Text(disconnection.Reason);
        }

        _changes.Put(Key(StateKey.Session, session.ClientId), _value.Written);
    }

    private void DeleteSession(Session session)
    {
        string clientId = session.ClientId;
        _changes.Delete(Key(StateKey.Session, clientId));
        if (!session.IsRecorded)
        {
            return;
        }

        _changes.Delete(Key(StateKey.Cursor, clientId));
        foreach (byte kind in (ReadOnlySpan<byte>)[StateKey.Subscription, StateKey.Received, StateKey.Outgoing, StateKey.Handled, StateKey.RetainedDone, StateKey.Replay, StateKey.ReplayHandled, StateKey.Dropped, StateKey.Drop])
        {
            _changes.DeletePrefix(_key.Begin().Byte(kind).Part(clientId).End().Written);
        }
    }

    private void SaveCursor(Session session)
    {
        if (session.IsDurable)
        {
            _changes.Put(Key(StateKey.Cursor, session.ClientId), _value.Begin().Number(session.Cursor).Written);
        }
    }

    private void SaveSubscription(Subscription subscription)
    {
        if (!subscription.Session.IsRecorded)
        {
            return;
        }

        _value.Begin().Byte(RecordVersion)
            .Byte((byte)subscription.QoS)
            .Flag(subscription.NoLocal)
            .Flag(subscription.RetainAsPublished)
            .Number32(subscription.Identifiers.Length == 0 ? 0 : (int)subscription.Identifiers[0])
            .Number(subscription.EndOffset);
        if (subscription.Properties != StoredProperties.None)
        {
            _value.Byte((byte)subscription.Properties);
        }

        _changes.Put(SubscriptionKey(subscription), _value.Written);
    }

    /// <summary>A subscription was replaced or removed: it is kept while it may have messages to be read.</summary>
    private void SaveReplaced(Subscription? ended)
    {
        if (ended is null)
        {
            return;
        }

        if (ended.ReadsLog && ended.EndOffset > ended.StartOffset)
        {
            SaveSubscription(ended);
        }
        else
        {
            DeleteSubscription(ended);
        }
    }

    private void DeleteSubscription(Subscription subscription)
    {
        if (subscription.Session.IsRecorded)
        {
            _changes.Delete(SubscriptionKey(subscription));
        }
    }

    private void SaveReceived(Session session, ushort packetId) =>
        _changes.Put(Key(StateKey.Received, session.ClientId, packetId), default);

    private void DeleteReceived(Session session, ushort packetId) =>
        _changes.Delete(Key(StateKey.Received, session.ClientId, packetId));

    private void SaveOutgoing(Session session, OutgoingMessage message)
    {
        Write(_value.Begin(), message);
        _changes.Put(Key(StateKey.Outgoing, session.ClientId, message.PacketId), _value.Written);
    }

    internal static void Write(RecordWriter writer, OutgoingMessage message) =>
        writer.Byte(RecordVersion)
            .Byte((byte)message.Stage)
            .Number(message.Sequence)
            .Number(message.Offset)
            .Flag(message.Retain)
            .Text(message.Group ?? "")
            .Text(message.RetainedTopic ?? "")
            .Message(message.Message)
            .Number(message.ReplayId);

    internal static OutgoingMessage ReadOutgoing(ushort packetId, ref RecordReader record)
    {
        CheckVersion(ref record);
        var stage = (OutgoingStage)record.Byte();
        long sequence = record.Number();
        long offset = record.Number();
        bool retain = record.Flag();
        string group = record.Text();
        string retainedTopic = record.Text();
        byte[] message = record.Bytes();
        return new OutgoingMessage
        {
            PacketId = packetId,
            Stage = stage,
            Sequence = sequence,
            Offset = offset,
            Retain = retain,
            Group = group.Length == 0 ? null : group,
            RetainedTopic = retainedTopic.Length == 0 ? null : retainedTopic,
            ReplayId = record.IsAtEnd ? 0 : record.Number(),
            Message = message.Length == 0 ? null : StoredMessageFormat.Read(offset, message),
        };
    }

    private void DeleteOutgoing(Session session, ushort packetId) =>
        _changes.Delete(Key(StateKey.Outgoing, session.ClientId, packetId));

    private void SaveHandled(Session session, long offset) =>
        _changes.Put(Key(StateKey.Handled, session.ClientId, offset), default);

    private void DeleteHandled(Session session, long offset) =>
        _changes.Delete(Key(StateKey.Handled, session.ClientId, offset));

    private void SaveRetainedDone(Session session, string topic) =>
        _changes.Put(_key.Begin().Byte(StateKey.RetainedDone).Part(session.ClientId).End().Part(topic).Written, default);

    private void DeleteRetainedDone(Session session) =>
        _changes.DeletePrefix(_key.Begin().Byte(StateKey.RetainedDone).Part(session.ClientId).End().Written);

    private void SaveRetained(StoredMessage message)
    {
        // What the broker says of itself is said anew after a restart.
        if (_keeps && !message.Topic.StartsWith("$SYS/", StringComparison.Ordinal))
        {
            _changes.Put(Key(StateKey.Retained, message.Topic), StoredMessageFormat.ToArray(message));
        }
    }

    private void DeleteRetained(string topic) => _changes.Delete(Key(StateKey.Retained, topic));

    private void SaveGroupCursor(SharedGroup group, long cursor) =>
        _changes.Put(Key(StateKey.GroupCursor, group.Filter.Text), _value.Begin().Number(cursor).Written);

    private void SaveGroupHandled(SharedGroup group, long offset) =>
        _changes.Put(Key(StateKey.GroupHandled, group.Filter.Text, offset), default);

    private void DeleteGroupHandled(SharedGroup group, long offset) =>
        _changes.Delete(Key(StateKey.GroupHandled, group.Filter.Text, offset));

    private void DeleteGroup(SharedGroup group)
    {
        if (group.IsKept)
        {
            _changes.Delete(Key(StateKey.GroupCursor, group.Filter.Text));
            _changes.DeletePrefix(_key.Begin().Byte(StateKey.GroupHandled).Part(group.Filter.Text).End().Written);
        }
    }

    private void SaveDueWill(DueWill due)
    {
        _value.Begin().Byte(RecordVersion).Text(due.ClientId);
        Write(_value, due.Will);
        _changes.Put(_key.Begin().Byte(StateKey.DueWill).Number(due.Id).Written, _value.Written);
    }

    private void DeleteDueWill(long id) => _changes.Delete(_key.Begin().Byte(StateKey.DueWill).Number(id).Written);

    internal static void Write(RecordWriter writer, Will will) =>
        writer.Text(will.Topic)
            .Byte((byte)will.QoS)
            .Flag(will.Retain)
            .Number(will.DelaySeconds)
            .OptionalNumber(will.MessageExpirySeconds)
            .Bytes(will.ForwardedProperties.Span)
            .Bytes(will.Payload.Span);

    internal static Will ReadWill(ref RecordReader reader) => new()
    {
        Topic = reader.Text(),
        QoS = (QoS)reader.Byte(),
        Retain = reader.Flag(),
        DelaySeconds = (uint)reader.Number(),
        MessageExpirySeconds = (uint?)reader.OptionalNumber(),
        ForwardedProperties = reader.Bytes(),
        Payload = reader.Bytes(),
    };

    private ReadOnlySpan<byte> Key(byte kind, string name) => _key.Begin().Byte(kind).Part(name).Written;

    private ReadOnlySpan<byte> Key(byte kind, string name, ushort packetId) => _key.Begin().Byte(kind).Part(name).End().Short(packetId).Written;

    private ReadOnlySpan<byte> Key(byte kind, string name, long offset) => _key.Begin().Byte(kind).Part(name).End().Number(offset).Written;

    // The versions of a subscription begin at different offsets.
    private ReadOnlySpan<byte> SubscriptionKey(Subscription subscription) =>
        _key.Begin().Byte(StateKey.Subscription).Part(subscription.Session.ClientId).End().Part(subscription.Filter.Text).End().Number(subscription.StartOffset).Written;
}
