using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Cluster.Replication;

/// <summary>Messages from memory, to and from clients of other nodes: each once for a node, however many of its clients want it.</summary>
/// <param name="router">Delivers here.</param>
/// <param name="state">Who is subscribed.</param>
/// <param name="links">The other nodes.</param>
/// <param name="time">The clock.</param>
internal sealed class Neighbours(MessageRouter router, BrokerState state, INodeLinks links, TimeProvider time) : INeighbours
{
    private const byte RetainFlag = 4;
    private const byte ExpiryFlag = 8;
    private const byte StoredFlag = 16;

    [ThreadStatic]
    private static RecordWriter? t_header;

    private readonly TextCache _publishers = new();

    /// <inheritdoc/>
    public void Publish(Guid node, ref Fanout message) => Send(node, FrameKind.Publish, Header(ref message), ref message);

    /// <inheritdoc/>
    public void Publish(Guid node, SharedGroup group, ref Fanout message) =>
        Send(node, FrameKind.PublishShared, Header(ref message).Text(group.Filter.Text), ref message);

    /// <summary>Another node has handed a message on.</summary>
    public void OnPublish(byte kind, ref RecordReader reader)
    {
        byte flags = reader.Byte();
        ReadOnlySpan<byte> topic = reader.Span();
        string publisher = _publishers.Get(reader.Span());
        ReadOnlySpan<byte> properties = reader.Span();
        uint? expiry = (flags & ExpiryFlag) != 0 ? (uint)reader.Number32() : null;
        long offset = 0;
        long timestampMs = 0;
        if ((flags & StoredFlag) != 0)
        {
            offset = reader.Number();
            timestampMs = reader.Number();
        }

        string? filter = kind == FrameKind.PublishShared ? reader.Text() : null;
        Route route = router.Match(topic);
        var message = new Fanout(route, properties, reader.Rest(), (QoS)(flags & 3), (flags & RetainFlag) != 0, expiry, publisher, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (offset > 0 && route.WantsProperties)
        {
            StoredMessage stored = message.ToMessage() with { Offset = offset, TimestampMs = timestampMs };
            message.Dispose();
            message = new Fanout(stored, message.NowMs) { Route = route };
        }

        if (filter is null)
        {
            router.DeliverHere(ref message, route);
        }
        else
        {
            DeliverShared(ref message, route, filter);
        }

        message.Dispose();
    }

    private void DeliverShared(ref Fanout message, Route route, string filter)
    {
        SharedGroup? group = TopicFilter.TryParse(filter, out TopicFilter parsed) ? state.Index.FindGroup(parsed) : null;
        if (group is null)
        {
            state.Drops.Add(DropReason.NoMember);
        }
        else if (message.QoS > QoS.AtMostOnce)
        {
            group.Offer(message.ToMessage());
            group.Pump();
        }
        else if (!group.DeliverHere(ref message, route))
        {
            state.Drops.Add(DropReason.NoMember); // it has gone meanwhile
        }
    }

    private static RecordWriter Header(ref Fanout message)
    {
        RecordWriter header = (t_header ??= new RecordWriter()).Begin();
        StoredMessage? stored = message.Stored is { Offset: > 0 } kept ? kept : null;
        header.Byte((byte)((byte)message.QoS | (message.Retain ? RetainFlag : 0) | (message.ExpirySeconds is null ? 0 : ExpiryFlag) | (stored is null ? 0 : StoredFlag)))
            .Bytes(message.Topic)
            .Text(message.PublisherId)
            .Bytes(message.ForwardedProperties);
        if (message.ExpirySeconds is { } expiry)
        {
            header.Number32((int)expiry);
        }

        return stored is null ? header : header.Number(stored.Offset).Number(stored.TimestampMs);
    }

    private void Send(Guid node, byte kind, RecordWriter header, ref Fanout message)
    {
        if (!links.TrySend(node, kind, header.Written, message.Payload))
        {
            state.Drops.Add(DropReason.NodeUnreachable);
        }
    }
}
