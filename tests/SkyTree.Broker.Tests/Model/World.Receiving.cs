using System.Globalization;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Model;

/// <content>What clients receive, and whether they may.</content>
internal sealed partial class World
{
    private void Handle(ModelClient client, Packet packet)
    {
        switch (packet.Name)
        {
            case "PUBLISH":
                Received(client, packet);
                break;
            case "PUBREL":
                client.Incoming.Remove(packet.Id);
                client.Owed.Add(("PUBCOMP", packet.Id));
                break;
            case "PUBACK" or "PUBREC" or "PUBCOMP":
                Acknowledged(client, packet);
                break;
            case "SUBACK" or "UNSUBACK":
                Require(client.Requests.Remove(packet.Id, out Action? then), () => $"{client.Name} received {packet}");
                then!();
                break;
            case "DISCONNECT":
                break; // its connection's end is noticed elsewhere
            default:
                throw Failure($"{client.Name} received {packet}");
        }
    }

    private void Acknowledged(ModelClient client, Packet packet)
    {
        ModelClient.Outgoing? outgoing = client.Unfinished.Find(o => o.Id == packet.Id);
        string answer = packet.Reasons is [var reason, ..] ? reason : "";
        bool isRight = packet.Name != "PUBCOMP" ? answer is "" or "no-matching-subscribers" : answer == "" || (answer == "packet-identifier-not-found" && outgoing is { Releases: > 1 });
        Require(outgoing is not null && isRight && (packet.Name == "PUBACK") == (outgoing.Message.QoS == 1), () => $"{client.Name} received {packet}");
        outgoing!.Message.Acknowledged = Math.Min(outgoing.Message.Acknowledged, Tick());
        if (packet.Name == "PUBREC")
        {
            outgoing.IsReceived = true;
            client.Owed.Add(("PUBREL", packet.Id));
        }
        else
        {
            client.Unfinished.Remove(outgoing);
        }
    }

    private void Received(ModelClient client, Packet packet)
    {
        Require(!(packet.QoS == 1 && client.Unacknowledged.ContainsKey(packet.Id)), () => $"{client.Name} has not acknowledged identifier {packet.Id}");
        Delivery[] deliveries = [];
        bool repeats = packet.QoS == 2 && client.Incoming.ContainsKey(packet.Id);
        if (repeats)
        {
            Require(packet.Has("dup") && client.Incoming[packet.Id] == packet.Text, () => $"identifier {packet.Id} is in use for {client.Incoming[packet.Id]}");
        }
        else if (packet.Text.Length > 0)
        {
            deliveries = Delivered(client, packet, _messages[int.Parse(packet.Text, CultureInfo.InvariantCulture) - 1]);
        }

        if (packet.QoS == 0)
        {
            return;
        }

        client.Unacknowledged[packet.Id] = deliveries;
        Require(client.Unacknowledged.Count <= client.Window, () => $"{client.Name} takes no more than {client.Window}");
        client.Owed.Add((packet.QoS == 1 ? "PUBACK" : "PUBREC", packet.Id));
        if (packet.QoS == 2)
        {
            client.Incoming[packet.Id] = packet.Text;
        }
    }

    private Delivery[] Delivered(ModelClient client, Packet packet, ModelMessage message)
    {
        ModelSession session = client.Session!;
        bool retained = packet.Has("retain");
        int[] filters = [.. packet.Fields.Where(f => f.Key == "sub-id").Select(f => int.Parse(f.Value, CultureInfo.InvariantCulture) - 1)];
        string group = GroupOf(session, message, filters);
        Require(packet.Topic == Names.Topics[message.Topic], () => $"{client.Name} received {packet} for {message}");
        if (retained)
        {
            RequireRetained(client, session, packet, message);
        }
        else
        {
            RequireSubscribed(client, session, packet, message, group, filters);
        }

        Delivery delivery = session.Of(message, group, retained);
        delivery.IsLoose |= packet.QoS < 2;
        if (delivery.Count++ == 0)
        {
            delivery.RestartsBefore = _restarts;
            Require(packet.Has("dup") || _settledMs - 1000 <= message.MayExpireAtMs, () => $"{client.Name} received {message}, which had expired");

            // Who sends a message again sends it after others: its first copy may have been before the subscription.
            if (!retained && group.Length == 0 && !message.IsWill && message.Repeats == 0)
            {
                var order = (message.Publisher, message.Topic, message.QoS, packet.QoS);
                int last = session.Last.GetValueOrDefault(order);
                Require(last < message.Number, () => $"{client.Name} received {message} after message {last}");
                session.Last[order] = message.Number;
            }
        }

        int once = retained ? session.Subscriptions.Count(s => s.RetainHandling != 2 && s.Group.Length == 0 && s.Matches(message)) : 1;
        int allowed = once + message.Repeats + packet.QoS switch
        {
            0 when !retained => 0,
            2 when !delivery.IsLoose => 0,
            _ => delivery.Unacknowledged + ((_restarts - delivery.RestartsBefore) * (once + message.Repeats)),
        };
        Require(delivery.Count <= allowed && !(delivery.IsExact && !retained && message.Repeats == 0), () => $"{client.Name} received {message} {delivery.Count} times");
        delivery.IsExact |= packet.QoS == 2;
        return group.Length == 0 ? [delivery] : [delivery, DeliveredToGroup(client, session, packet, message, group)];
    }

    private Delivery DeliveredToGroup(ModelClient client, ModelSession session, Packet packet, ModelMessage message, string group)
    {
        if (!_groupDeliveries.TryGetValue((group, message.Number), out Delivery? delivery))
        {
            _groupDeliveries.Add((group, message.Number), delivery = new Delivery { RestartsBefore = _restarts });
        }

        delivery.Count++;
        int again = packet.QoS == 0 ? 0 : delivery.Unacknowledged + ((_restarts - delivery.RestartsBefore) * (1 + message.Repeats));
        Require(!delivery.IsExact || message.Repeats > 0, () => $"{client.Name} received {message}, which {group} had given to somebody at QoS 2");
        Require(delivery.Count <= 1 + message.Repeats + again, () => $"{client.Name} received {message}, which {group} had given to somebody");

        // What a session that ended with its connection had received is not known after a crash.
        delivery.IsExact |= packet.QoS == 2 && session.Durable;
        return delivery;
    }

    /// <summary>What it came through: a shared subscription carries its identifier, unless it is gone.</summary>
    private static string GroupOf(ModelSession session, ModelMessage message, int[] filters)
    {
        ModelSubscription[] covering =
        [
            .. session.Subscriptions.Where(s => filters.Length > 0
                ? filters.Contains(s.Filter)
                : s.Matches(message) && (s.Group.Length > 0 || s.MayCover(message, session.Client))),
        ];
        return Array.Exists(covering, s => s.Group.Length == 0) || covering.Length == 0 ? "" : covering[0].Group;
    }

    private void RequireSubscribed(ModelClient client, ModelSession session, Packet packet, ModelMessage message, string group, int[] filters)
    {
        // A group gives its members also what it had before they came.
        ModelSubscription[] may =
        [
            .. session.Subscriptions.Where(s => s.Group == group && (group.Length == 0
                ? s.MayCover(message, client.Number)
                : s.MayEnd >= message.Sent && _members.Exists(m => m.Group == group && m.MayCover(message, ModelMessage.Nobody)))),
        ];
        ModelSubscription[] must = group.Length > 0 ? [] : [.. may.Where(s => s.MustCover(message, client.Number))];
        Require(may.Length > 0, () => $"{client.Name} was not subscribed when it received {message}");
        Require(Array.Exists(may, s => Math.Min(s.QoS, message.QoS) == packet.QoS), () => $"{client.Name} received {message} with another QoS than it asked for");
        Require(Array.TrueForAll(must, s => Math.Min(s.QoS, message.QoS) <= packet.QoS), () => $"{client.Name} received {message} with a lower QoS than it asked for");
        Require(Array.TrueForAll(filters, f => Array.Exists(may, s => s.Filter == f)), () => $"{client.Name} received {message} with an identifier too many");
        // At QoS 0 a subscription does not outlive its end, so neither does its identifier.
        Require(Array.TrueForAll(must, s => s.QoS == 0 || filters.Contains(s.Filter)), () => $"{client.Name} received {message} with an identifier too few");
    }

    private void RequireRetained(ModelClient client, ModelSession session, Packet packet, ModelMessage message)
    {
        ModelSubscription[] may =
        [
            .. session.Subscriptions.Where(s => s.RetainHandling != 2 && s.Group.Length == 0 && s.Matches(message)
                && !(s.NoLocal && message.Publisher == client.Number) && MayBeRetained(message, s.MayBegin)),
        ];
        Require(may.Length > 0, () => $"{client.Name} received {message} as retained, which it was not");

        // A broker that starts asks again for what was not acknowledged, by the subscription as it is then.
        ModelSubscription[] versions = _restarts == 0 ? may : [.. session.Subscriptions.Where(s => Array.Exists(may, m => m.Filter == s.Filter))];
        Require(Array.Exists(versions, s => Math.Min(s.QoS, message.QoS) == packet.QoS), () => $"{client.Name} received {message} as retained with another QoS than it asked for");
    }
}
