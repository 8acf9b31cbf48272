using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Model;

/// <content>What clients do.</content>
internal sealed partial class World
{
    private async Task SendAsync(ModelClient client, string packet)
    {
        Note($"{client.Name} > {packet}");
        client.IsAhead = true;
        using CancellationTokenSource deadline = new(Deadline.Default);
        Require(await client.Connection!.SendAsync(PacketEncoder.Encode(Packet.Parse(packet), 5), deadline.Token), () => $"{client.Name} was disconnected");
    }

    private async Task<Packet> ReceiveAsync(ModelClient client)
    {
        byte[]? frame = client.Connection!.TryReceive();
        if (frame is null)
        {
            using CancellationTokenSource deadline = new(Deadline.Default);
            frame = await client.Connection.ReceiveAsync(deadline.Token);
        }

        Require(frame is not null, () => $"the broker closed the connection of {client.Name}");
        return Arrived(client, frame!);
    }

    private Packet Arrived(ModelClient client, byte[] frame)
    {
        Packet packet = PacketDecoder.Decode(frame, 5);
        if (packet.Name != "PINGRESP")
        {
            _received++;
            Note($"{client.Name} < {packet}");
        }

        return packet;
    }

    private async Task PingAsync(ModelClient client)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        await client.Connection!.SendAsync(PacketEncoder.Encode(new Packet { Name = "PINGREQ" }, 5), deadline.Token);
        while (await ReceiveAsync(client) is { Name: not "PINGRESP" } packet)
        {
            Handle(client, packet);
        }

        client.Confirm(Tick());
    }

    /// <summary>Takes what has arrived.</summary>
    private void Drain()
    {
        foreach (ModelClient client in Connected)
        {
            while (client.Connection!.TryReceive() is { } frame)
            {
                Handle(client, Arrived(client, frame));
            }
        }
    }

    private async Task ConnectAsync(Connect connect)
    {
        await ReleaseAsync();
        ModelClient client = _clients[connect.Client];
        TestConnection? former = client.Detach();
        ModelSession? session = client.Session;
        bool mayBePresent = session is not null && !connect.Clean && session.Durable && (session.IsConnected || NowMs < session.MayExpireAtMs);
        bool mustBePresent = mayBePresent && (session!.IsConnected || NowMs < session.ExpiresAtMs);
        long sent = Tick();

        ModelWill? will = connect.Will is { } plan ? NewWill(client, plan) : null;
        client.Attach(Open(), connect.Window);
        await SendAsync(
            client,
            $"CONNECT client={client.Name} clean={(connect.Clean ? 1 : 0)} expiry={connect.Expiry} receive-max={connect.Window}"
            + (connect.Will is { } w ? $" will={Names.Topics[w.Topic]} will-qos={w.QoS} will-retain={(w.Retain ? 1 : 0)} will-delay={w.DelaySeconds} will-payload=\"{will!.Message.Payload}\"" : ""));
        Packet ack = await ReceiveAsync(client);
        Require(ack is { Name: "CONNACK", Reasons: ["success"] }, () => $"{client.Name} was refused");
        bool present = ack["session"] == "1";
        Require(mayBePresent || !present, () => $"{client.Name} has a session that had ended");
        Require(!mustBePresent || present, () => $"the session of {client.Name} is gone");
        if (former is not null)
        {
            former.Drop();
            await former.Served.WaitAsync(Deadline.Default);
        }

        if (session is not null)
        {
            SettleWill(session, connect.Clean || !present, sent);
        }

        if (!present)
        {
            EndSession(client);
            client.Forget();
            client.Session = session = new ModelSession { Client = client.Number, Durable = connect.Expiry > 0 };
        }

        if (present && !mustBePresent)
        {
            // It had expired, and a crash has brought it back: what came meanwhile was not promised to it.
            session!.Subscriptions.ForEach(s => s.MustBegin = ModelMessage.Never);
            session.Retained.Clear();
        }

        session!.IsConnected = true;
        session.Expiry = connect.Expiry;
        session.ExpiresAtMs = session.MayExpireAtMs = ModelMessage.Never;
        session.Will = will;
        if (session.Durable)
        {
            _proof = Math.Max(_proof, sent);
        }

        foreach (ModelClient.Outgoing outgoing in client.Unfinished)
        {
            outgoing.Message.Repeats += outgoing.Message.QoS == 1 ? 1 : 0;
            outgoing.Releases += outgoing.IsReceived ? 1 : 0;
            await SendAsync(client, outgoing.IsReceived ? $"PUBREL id={outgoing.Id}" : outgoing.Packet(duplicate: true, ExpiryLeft(outgoing.Message)));
        }
    }

    // The client measures its message's life from when it had it first.
    private uint ExpiryLeft(ModelMessage message)
    {
        if (message.ExpiresAtMs == ModelMessage.Never)
        {
            return 0;
        }

        uint left = (uint)Math.Max(1, (message.ExpiresAtMs - NowMs) / 1000);
        message.MayExpireAtMs = Math.Max(message.MayExpireAtMs, NowMs + (left * 1000L));
        return left;
    }

    private async Task CloseAsync(ModelClient client, bool normally, bool endsSession, long? since = null)
    {
        ModelSession session = client.Session!;
        long before = since ?? Tick();
        TestConnection connection = client.Detach()!;
        connection.Drop();
        if (_disk.IsHeld)
        {
            session.Closed = ModelMessage.Never;
            _ending.Add((connection, session));
        }
        else
        {
            await connection.Served.WaitAsync(Deadline.Default);
            session.Closed = Tick();
        }

        Disconnected(client, session, normally, endsSession, before);
    }

    private async Task SubscribeAsync(ModelClient client, Subscribe step)
    {
        ushort id = client.NextId();
        ModelSession session = client.Session!;
        long sent = Tick();
        var subscription = new ModelSubscription(step.Filter) { QoS = step.QoS, NoLocal = step.NoLocal, RetainHandling = step.RetainHandling, MayBegin = sent };
        ModelSubscription[] former = [.. session.Subscriptions.Where(s => s.Filter == step.Filter)];
        foreach (ModelSubscription earlier in former)
        {
            earlier.MustEnd = Math.Min(earlier.MustEnd, sent);
        }

        session.Subscriptions.Add(subscription);
        if (subscription.Group.Length > 0)
        {
            _members.Add(subscription);
        }

        int[] copies = [.. _messages.Select(m => session.Deliveries.GetValueOrDefault((m.Number, "", true))?.Count ?? 0)];
        client.Requests[id] = () =>
        {
            subscription.MustBegin = Tick();
            foreach (ModelSubscription earlier in former)
            {
                earlier.MayEnd = Math.Min(earlier.MayEnd, subscription.MustBegin);
            }

            if (session.Durable)
            {
                _proof = Math.Max(_proof, sent);
                PromiseRetained(session, subscription, isNew: former.Length == 0, copies);
            }
        };
        await SendAsync(client, $"SUBSCRIBE id={id} sub-id={step.Filter + 1} {Names.Filters[step.Filter]} qos={step.QoS}{(step.NoLocal ? " nl" : "")} rh={step.RetainHandling}");
    }

    private async Task UnsubscribeAsync(ModelClient client, int filter)
    {
        ushort id = client.NextId();
        ModelSubscription[] former = [.. client.Session!.Subscriptions.Where(s => s.Filter == filter)];
        long sent = Tick();
        foreach (ModelSubscription earlier in former)
        {
            earlier.MustEnd = Math.Min(earlier.MustEnd, sent);
            earlier.IsLeft = true;
        }

        client.Requests[id] = () =>
        {
            long now = Tick();
            foreach (ModelSubscription earlier in former)
            {
                earlier.MayEnd = Math.Min(earlier.MayEnd, now);
            }
        };
        await SendAsync(client, $"UNSUBSCRIBE id={id} {Names.Filters[filter]}");
    }

    private async Task PublishAsync(ModelClient client, Publish step)
    {
        for (int i = 0; i < step.Count && client.Unfinished.Count < s_options.ReceiveMaximum; i++)
        {
            var message = new ModelMessage
            {
                Number = _messages.Count + 1,
                Publisher = client.Number,
                Topic = step.Topic,
                QoS = step.QoS,
                Retain = step.Retain,
                Clears = step.Clears,
                ExpiresAtMs = step.Expiry == 0 ? ModelMessage.Never : NowMs + (step.Expiry * 1000L),
                MayExpireAtMs = step.Expiry == 0 ? ModelMessage.Never : NowMs + (step.Expiry * 1000L),
                Sent = Tick(),
            };
            _messages.Add(message);
            ushort id = 0;
            if (step.QoS > 0)
            {
                id = client.NextId();
                client.Unfinished.Add(new ModelClient.Outgoing(id, message));
            }
            else
            {
                client.Unrouted.Add(message);
            }

            await SendAsync(client, ModelClient.PublishText(message, id, duplicate: false, step.Expiry));
            if (i % 50 == 49 && !_disk.IsHeld)
            {
                await PingAsync(client);
                Drain();
                await AcknowledgeAsync(client, int.MaxValue, 0, "PUBREL");
            }
        }
    }

    /// <summary>Sends acknowledgements that a client owes.</summary>
    private async Task AcknowledgeAsync(ModelClient client, int count, int from, string? only = null)
    {
        List<(string Packet, ushort Id)> owed = [.. client.Owed.Where(o => only is null || o.Packet == only)];
        foreach ((string packet, ushort id) in owed.Skip(owed.Count == 0 ? 0 : from % owed.Count).Take(count))
        {
            client.Owed.Remove((packet, id));
            if (packet is "PUBACK" or "PUBCOMP" && client.Unacknowledged.Remove(id, out Delivery[]? deliveries))
            {
                client.Unconfirmed.Add(deliveries);
            }

            if (packet == "PUBREL" && client.Unfinished.Find(o => o.Id == id) is { } released)
            {
                released.Releases++;
            }

            await SendAsync(client, $"{packet} id={id}");
        }
    }
}
