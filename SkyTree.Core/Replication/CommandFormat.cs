using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <summary>
/// Commands as bytes. A command is read where it is applied, when it is its turn: what it refers to is found in the state as
/// it is then. Who is not there any more is stood in for by a session that no epoch fits, so that the command changes nothing.
/// </summary>
/// <remarks>
/// Fields are only ever added at the end, and read only if they are there: those of lower format levels lack them. What a
/// level does not have is not written at it (<see cref="Command{TResult}.At"/>, <see cref="Command.FirstLevel"/>), so no release is given what it does not know.
/// </remarks>
internal static partial class CommandFormat
{
    /// <summary>Writes a command, its kind first.</summary>
    /// <param name="command">The command; not a local one.</param>
    /// <param name="writer">Where it goes.</param>
    public static void Write(Command command, RecordWriter writer)
    {
        switch (command)
        {
            case OpenSession c:
                writer.Byte((byte)Kind.OpenSession).Text(c.ClientId).Flag(c.CleanStart).Flag(c.Durable).Number(c.ExpirySeconds).Number32(c.MaximumSessions).Flag(c.Will is not null);
                if (c.Will is { } will)
                {
                    BrokerState.Write(writer, will);
                }

                break;
            case CloseSession c:
                writer.Byte((byte)Kind.CloseSession).Text(c.Session.ClientId).Number(c.Epoch).OptionalNumber(c.ExpirySeconds).Flag(c.DiscardWill);
                if (c.Reason is { } reason)
                {
                    writer.Text(reason);
                }

                break;
            case ExpireSession c:
                writer.Byte((byte)Kind.ExpireSession).Text(c.ClientId);
                break;
            case NodeUp c:
                writer.Byte((byte)Kind.NodeUp).Id(c.Node).Number(c.Incarnation);
                break;
            case NodeDown c:
                writer.Byte((byte)Kind.NodeDown).Id(c.Node).Number(c.Incarnation);
                break;
            case RaiseLevel c:
                writer.Byte((byte)Kind.RaiseLevel).Byte((byte)c.Level);
                break;
            case Recover:
                writer.Byte((byte)Kind.Recover);
                break;
            case TakeAllWills c:
                writer.Byte((byte)Kind.TakeAllWills).Flag(c.Everything);
                break;
            case RemoveExpiredRetained c:
                writer.Byte((byte)Kind.RemoveExpiredRetained).Number32(c.Limit);
                break;
            case Subscribe c:
                writer.Byte((byte)Kind.Subscribe).Text(c.Session.ClientId).Number(c.Epoch).Number(c.Identifier)
                    .Number32(c.MaximumSubscriptions).Number32(c.MaximumRetained).Number32(c.RetainedWaiting).Number32(c.Requests.Count);
                foreach (SubscriptionRequest request in c.Requests)
                {
                    writer.Text(request.Filter.Text).Byte((byte)request.QoS).Flag(request.NoLocal).Flag(request.RetainAsPublished)
                        .Byte((byte)request.RetainHandling).OptionalNumber(request.From).Byte((byte)request.Properties);
                }

                break;
            case Unsubscribe c:
                writer.Byte((byte)Kind.Unsubscribe).Text(c.Session.ClientId).Number(c.Epoch).Number32(c.Filters.Count);
                foreach (string filter in c.Filters)
                {
                    writer.Text(filter);
                }

                break;
            case PublishMessage c:
                writer.Byte((byte)Kind.Publish).Message(c.Message).Flag(c.KeepRetained).Flag(c.IsStored).Number32(c.MaximumRetained)
                    .Flag(c.IsRefused).Text(c.ReceivedBy?.ClientId ?? "").Number(c.Epoch).Short(c.PacketId).Number(c.WillId);
                break;
            case ReleaseReceived c:
                writer.Byte((byte)Kind.ReleaseReceived).Text(c.Session.ClientId).Number(c.Epoch).Short(c.PacketId);
                break;
            case SendOutgoing c:
                Write(writer, Kind.SendOutgoing, c.Of).Number32(c.Messages.Count);
                foreach (OutgoingMessage message in c.Messages)
                {
                    writer.Short(message.PacketId);
                    BrokerState.Write(writer, message);
                }

                break;
            case ReleaseOutgoing c:
                Write(writer, Kind.ReleaseOutgoing, c.Of).Short(c.PacketId);
                break;
            case CompleteOutgoing c:
                Write(writer, Kind.CompleteOutgoing, c.Of).Short(c.PacketId).Number(c.Offset);
                break;
            case RetainedDelivered c:
                Write(writer, Kind.RetainedDelivered, c.Of);
                break;
            case AdvanceReplays c:
                Write(writer, Kind.AdvanceReplays, c.Of).Number32(c.Replays.Count);
                foreach (ReplayProgress progress in c.Replays)
                {
                    writer.Number(progress.Replay.Id).Number(progress.Cursor).Flag(progress.Ended);
                }

                break;
            case AdvanceCursors c:
                writer.Byte((byte)Kind.AdvanceCursors).Number32(c.Cursors.Count);
                foreach ((OwnedSession of, long cursor) in c.Cursors)
                {
                    writer.Text(of.Session.ClientId).Number(of.OwnerEpoch).Number(cursor);
                }

                writer.Number32(c.Groups.Count);
                foreach ((SharedGroup group, long cursor) in c.Groups)
                {
                    writer.Text(group.Filter.Text).Number(cursor);
                }

                break;
            case DropMessages c:
                writer.Byte((byte)Kind.DropMessages).Number32(c.Losses.Count);
                foreach (SessionLoss loss in c.Losses)
                {
                    writer.Text(loss.Session.ClientId).Number(loss.Of.OwnerEpoch).Byte((byte)loss.Reason).Number(loss.Range.From).Number(loss.Range.To)
                        .Number(loss.Range.Dropped.Messages).Number(loss.Range.Dropped.Bytes).Number(loss.Cursor).Flag(loss.WhenRead);
                }

                break;
            case NoteStored c:
                writer.Byte((byte)Kind.NoteStored).Number(c.UpTo);
                break;
            case ChangeRegistry c:
                WriteChangeRegistry(c, writer.Byte((byte)Kind.ChangeRegistry));
                break;
            case NoteAudit c:
                WriteNote(c.Note, writer.Byte((byte)Kind.NoteAudit));
                break;
            case EndSession c:
                writer.Byte((byte)Kind.EndSession).Text(c.ClientId);
                break;
            case MoveCursor c:
                writer.Byte((byte)Kind.MoveCursor).Text(c.ClientId).Number(c.Offset);
                break;
            case ClearRetained c:
                writer.Byte((byte)Kind.ClearRetained).Number32(c.Topics.Count);
                foreach (string topic in c.Topics)
                {
                    writer.Text(topic);
                }

                break;
            default:
                throw new ArgumentException($"{command.GetType().Name} is not replicated.", nameof(command));
        }
    }

    /// <summary>Reads a command.</summary>
    /// <param name="record">What was written.</param>
    /// <param name="state">The state that it is applied to next.</param>
    /// <exception cref="InvalidDataException">It is of a kind that this version does not know, or cut off.</exception>
    public static Command Read(ReadOnlySpan<byte> record, BrokerState state)
    {
        var reader = new RecordReader(record);
        var kind = (Kind)reader.Byte();
        return kind switch
        {
            Kind.OpenSession => ReadOpenSession(ref reader),
            Kind.CloseSession => ReadCloseSession(ref reader, state),
            Kind.ExpireSession => new ExpireSession(reader.Text()),
            Kind.NodeUp => new NodeUp(reader.Id(), reader.Number()),
            Kind.NodeDown => new NodeDown(reader.Id(), reader.Number()),
            Kind.RaiseLevel => ReadRaiseLevel(ref reader),
            Kind.Recover => new Recover(),
            Kind.TakeAllWills => new TakeAllWills(reader.Flag()),
            Kind.RemoveExpiredRetained => new RemoveExpiredRetained(reader.Number32()),
            Kind.Subscribe => ReadSubscribe(ref reader, state),
            Kind.Unsubscribe => new Unsubscribe(Find(reader.Text(), state), reader.Number(), ReadTexts(ref reader)),
            Kind.Publish => ReadPublish(ref reader, state),
            Kind.ReleaseReceived => new ReleaseReceived(Find(reader.Text(), state), reader.Number(), reader.Short()),
            Kind.SendOutgoing => new SendOutgoing(ReadOwned(ref reader, state), ReadOutgoing(ref reader)),
            Kind.ReleaseOutgoing => new ReleaseOutgoing(ReadOwned(ref reader, state), reader.Short()),
            Kind.CompleteOutgoing => new CompleteOutgoing(ReadOwned(ref reader, state), reader.Short(), reader.Number()),
            Kind.RetainedDelivered => new RetainedDelivered(ReadOwned(ref reader, state)),
            Kind.AdvanceReplays => ReadAdvanceReplays(ref reader, state),
            Kind.AdvanceCursors => ReadAdvanceCursors(ref reader, state),
            Kind.DropMessages => ReadDropMessages(ref reader, state),
            Kind.NoteStored => new NoteStored(reader.Number()),
            Kind.ChangeRegistry => ReadChangeRegistry(ref reader),
            Kind.NoteAudit => new NoteAudit(ReadNote(ref reader)),
            Kind.EndSession => new EndSession(reader.Text()),
            Kind.MoveCursor => new MoveCursor(reader.Text(), reader.Number()),
            Kind.ClearRetained => new ClearRetained(ReadTexts(ref reader)),
            _ => throw new InvalidDataException($"A command is of kind {(byte)kind}, which this release does not know: a later one has proposed it. Start this node with that one."),
        };
    }

    private static RecordWriter Write(RecordWriter writer, Kind kind, OwnedSession of) =>
        writer.Byte((byte)kind).Text(of.Session.ClientId).Number(of.OwnerEpoch);

    private static Session Find(string clientId, BrokerState state) => state.Sessions.Find(clientId) ?? state.NoSession(clientId);

    private static OwnedSession ReadOwned(ref RecordReader reader, BrokerState state) => new(Find(reader.Text(), state), reader.Number());

    private static TopicFilter ReadFilter(ref RecordReader reader) =>
        TopicFilter.TryParse(reader.Text(), out TopicFilter filter) ? filter : throw new InvalidDataException("A command has an ill-formed filter.");

    private static string[] ReadTexts(ref RecordReader reader)
    {
        var texts = new string[reader.Count()];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = reader.Text();
        }

        return texts;
    }

    private static OpenSession ReadOpenSession(ref RecordReader reader)
    {
        string clientId = reader.Text();
        bool cleanStart = reader.Flag();
        bool durable = reader.Flag();
        var expiry = (uint)reader.Number();
        int maximum = reader.Number32();
        return new OpenSession(clientId, cleanStart, durable, expiry, reader.Flag() ? BrokerState.ReadWill(ref reader) : null) { MaximumSessions = maximum };
    }

    private static CloseSession ReadCloseSession(ref RecordReader reader, BrokerState state)
    {
        var command = new CloseSession(Find(reader.Text(), state), reader.Number(), (uint?)reader.OptionalNumber(), reader.Flag());
        return reader.IsAtEnd ? command : command with { Reason = reader.Text() };
    }

    private static RaiseLevel ReadRaiseLevel(ref RecordReader reader)
    {
        int level = reader.Byte();
        return level <= FormatLevel.Newest
            ? new RaiseLevel(level)
            : throw new InvalidDataException($"The format level is raised to {level}, and this release reads up to {FormatLevel.Newest}: start this node with a later one.");
    }

    private static Subscribe ReadSubscribe(ref RecordReader reader, BrokerState state)
    {
        Session session = Find(reader.Text(), state);
        long epoch = reader.Number();
        var identifier = (uint)reader.Number();
        int maximum = reader.Number32();
        int maximumRetained = reader.Number32();
        int retainedWaiting = reader.Number32();
        var requests = new SubscriptionRequest[reader.Count()];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = new SubscriptionRequest(
                ReadFilter(ref reader),
                (QoS)reader.Byte(),
                reader.Flag(),
                reader.Flag(),
                (RetainHandling)reader.Byte(),
                reader.OptionalNumber(),
                (StoredProperties)reader.Byte());
        }

        return new Subscribe(session, epoch, identifier, requests)
        {
            MaximumSubscriptions = maximum,
            MaximumRetained = maximumRetained,
            RetainedWaiting = retainedWaiting,
        };
    }

    private static PublishMessage ReadPublish(ref RecordReader reader, BrokerState state)
    {
        StoredMessage message = StoredMessageFormat.Read(0, reader.Span());
        bool keepRetained = reader.Flag();
        bool isStored = reader.Flag();
        int maximumRetained = reader.Number32();
        bool isRefused = reader.Flag();
        string receivedBy = reader.Text();
        return new PublishMessage(message, keepRetained, receivedBy.Length == 0 ? null : Find(receivedBy, state), reader.Number(), reader.Short())
        {
            IsStored = isStored,
            MaximumRetained = maximumRetained,
            IsRefused = isRefused,
            WillId = reader.Number(),
        };
    }

    private static OutgoingMessage[] ReadOutgoing(ref RecordReader reader)
    {
        var messages = new OutgoingMessage[reader.Count()];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = BrokerState.ReadOutgoing(reader.Short(), ref reader);
        }

        return messages;
    }

    private static AdvanceReplays ReadAdvanceReplays(ref RecordReader reader, BrokerState state)
    {
        OwnedSession of = ReadOwned(ref reader, state);
        var replays = new List<ReplayProgress>();
        for (int count = reader.Count(); count > 0; count--)
        {
            Replay? replay = of.Session.FindReplay(reader.Number());
            long cursor = reader.Number();
            bool ended = reader.Flag();
            if (replay is not null)
            {
                replays.Add(new ReplayProgress(replay, cursor, ended));
            }
        }

        return new AdvanceReplays(of, replays);
    }

    private static AdvanceCursors ReadAdvanceCursors(ref RecordReader reader, BrokerState state)
    {
        var cursors = new (OwnedSession Of, long Cursor)[reader.Count()];
        for (int i = 0; i < cursors.Length; i++)
        {
            cursors[i] = (ReadOwned(ref reader, state), reader.Number());
        }

        var groups = new List<(SharedGroup Group, long Cursor)>();
        for (int count = reader.Count(); count > 0; count--)
        {
            SharedGroup? group = state.Index.FindGroup(ReadFilter(ref reader));
            long cursor = reader.Number();
            if (group is not null)
            {
                groups.Add((group, cursor));
            }
        }

        return new AdvanceCursors(cursors) { Groups = groups };
    }

    private static DropMessages ReadDropMessages(ref RecordReader reader, BrokerState state)
    {
        var losses = new SessionLoss[reader.Count()];
        for (int i = 0; i < losses.Length; i++)
        {
            OwnedSession of = ReadOwned(ref reader, state);
            var reason = (DropReason)reader.Byte();
            var range = new DroppedRange(reader.Number(), reader.Number(), new QueueUsage(reader.Number(), reader.Number()));
            losses[i] = new SessionLoss(of, reason, range, reader.Number()) { WhenRead = reader.Flag() };
        }

        return new DropMessages(losses);
    }

    // Numbers are for ever: logs of other nodes, and of other versions, hold them.
    private enum Kind : byte
    {
        OpenSession = 1,
        CloseSession = 2,
        ExpireSession = 3,
        Recover = 5,
        TakeAllWills = 6,
        RemoveExpiredRetained = 7,
        Subscribe = 8,
        Unsubscribe = 9,
        Publish = 10,
        ReleaseReceived = 11,
        SendOutgoing = 12,
        ReleaseOutgoing = 13,
        CompleteOutgoing = 14,
        RetainedDelivered = 15,
        AdvanceReplays = 16,
        AdvanceCursors = 17,
        DropMessages = 18,
        NodeUp = 19,
        NodeDown = 20,
        NoteStored = 21,
        RaiseLevel = 22,
        ChangeRegistry = 40,
        NoteAudit = 41,
        EndSession = 50,
        MoveCursor = 51,
        ClearRetained = 52,
    }
}
