using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>Who must get messages: a durable session, or a shared group with durable members. The ledger owns it.</summary>
internal sealed class Reader(string name, bool isGroup)
{
    private readonly Dictionary<string, int> _granted = []; // by topic; forgotten when subscriptions come

    public string Name => name;

    public bool IsGroup => isGroup;

    /// <summary>What was asked for: messages for it may come from that moment on, since the broker may have it though nobody was told.</summary>
    public List<Subscription> Subscriptions { get; } = [];

    /// <summary>Whether the broker has confirmed them: from that moment on messages must come.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Everything that came, in its order.</summary>
    public List<Delivery> Deliveries { get; } = [];

    /// <summary>What came at least once.</summary>
    public HashSet<SentMessage> Seen { get; } = [];

    public void Add(IEnumerable<Subscription> subscriptions)
    {
        Subscriptions.AddRange(subscriptions);
        _granted.Clear();
    }

    /// <summary>The highest QoS of the subscriptions that match; -1 if none does.</summary>
    public int GrantedQoS(string topic)
    {
        if (!_granted.TryGetValue(topic, out int granted))
        {
            granted = Subscriptions.Where(s => s.Matches(topic)).Select(s => s.QoS).DefaultIfEmpty(-1).Max();
            _granted[topic] = granted;
        }

        return granted;
    }

    /// <summary>Whether a message that is sent now must come.</summary>
    public bool Expects(string topic) => IsConfirmed && GrantedQoS(topic) > 0;

    /// <summary>The QoS at which a message must come.</summary>
    public int EffectiveQoS(SentMessage message) => Math.Min(message.QoS, GrantedQoS(message.Topic));
}
