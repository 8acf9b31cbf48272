using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Model;

/// <summary>A correct MQTT client, which acknowledges when it is told to: its connection, and what it keeps of its session.</summary>
internal sealed class ModelClient(int number)
{
    private ushort _lastId;

    public int Number { get; } = number;

    public string Name { get; } = Names.Clients[number];

    /// <summary>The session that the broker has for it, as far as can be told.</summary>
    public ModelSession? Session { get; set; }

    public TestConnection? Connection { get; private set; }

    public int Window { get; private set; }

    /// <summary>Its own publishes at QoS 1 and 2 that are not finished, in their order.</summary>
    public List<Outgoing> Unfinished { get; } = [];

    /// <summary>Messages at QoS 2 that it has received and not released, by packet identifier.</summary>
    public Dictionary<ushort, string> Incoming { get; } = [];

    /// <summary>Acknowledgements that it owes, in the order of what they answer.</summary>
    public List<(string Packet, ushort Id)> Owed { get; } = [];

    /// <summary>What it has received on this connection and not acknowledged for the last time.</summary>
    public Dictionary<ushort, Delivery[]> Unacknowledged { get; } = [];

    /// <summary>What it has acknowledged, while the broker may not have read that.</summary>
    public List<Delivery[]> Unconfirmed { get; } = [];

    /// <summary>What SUBACK and UNSUBACK bring about.</summary>
    public Dictionary<ushort, Action> Requests { get; } = [];

    /// <summary>QoS 0 messages that the broker may not have read yet.</summary>
    public List<ModelMessage> Unrouted { get; } = [];

    /// <summary>Whether it has sent anything since the broker was last known to have read it all.</summary>
    public bool IsAhead { get; set; }

    public ushort NextId()
    {
        do
        {
            _lastId = _lastId >= 60_000 ? (ushort)1 : (ushort)(_lastId + 1);
        }
        while (Unfinished.Exists(o => o.Id == _lastId) || Requests.ContainsKey(_lastId));

        return _lastId;
    }

    public void Attach(TestConnection connection, int window)
    {
        Connection = connection;
        Window = window;
    }

    /// <summary>The connection is gone; what was under way on it may come again.</summary>
    public TestConnection? Detach()
    {
        foreach (Delivery delivery in Unacknowledged.Values.Concat(Unconfirmed).SelectMany(d => d))
        {
            delivery.Unacknowledged++;
        }

        Unacknowledged.Clear();
        Unconfirmed.Clear();
        Owed.Clear();
        Requests.Clear();
        Unrouted.Clear();
        IsAhead = false;
        TestConnection? connection = Connection;
        Connection = null;
        return connection;
    }

    /// <summary>The broker has no session for it: neither has it.</summary>
    public void Forget()
    {
        Unfinished.Clear();
        Incoming.Clear();
    }

    /// <summary>The broker has read all that was sent.</summary>
    public void Confirm(long now)
    {
        Unconfirmed.Clear();
        IsAhead = false;
        foreach (ModelMessage message in Unrouted)
        {
            message.Routed = now;
        }

        Unrouted.Clear();
    }

    /// <summary>A publish of its own that is not finished.</summary>
    internal sealed class Outgoing(ushort id, ModelMessage message)
    {
        public ushort Id { get; } = id;

        public ModelMessage Message { get; } = message;

        /// <summary>Whether PUBREC came.</summary>
        public bool IsReceived { get; set; }

        /// <summary>How often PUBREL was sent.</summary>
        public int Releases { get; set; }

        public string Packet(bool duplicate, uint expiry) => PublishText(Message, Id, duplicate, expiry);
    }

    public static string PublishText(ModelMessage message, ushort id, bool duplicate, uint expiry) =>
        $"PUBLISH {Names.Topics[message.Topic]}{(message.QoS > 0 ? $" qos={message.QoS} id={id}" : "")}{(duplicate ? " dup" : "")}{(message.Retain ? " retain" : "")}"
        + $"{(expiry > 0 ? $" message-expiry={expiry}" : "")} \"{message.Payload}\"";
}
