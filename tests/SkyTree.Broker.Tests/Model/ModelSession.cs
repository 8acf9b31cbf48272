using SkyTree.Core.Subscriptions;

namespace SkyTree.Broker.Tests.Model;

/// <summary>What MQTT promises one client, from its session's beginning on.</summary>
internal sealed class ModelSession
{
    public required int Client { get; init; }

    public required bool Durable { get; init; }

    public bool IsConnected { get; set; } = true;

    /// <summary>Session Expiry Interval in seconds.</summary>
    public uint Expiry { get; set; }

    /// <summary>It is there before this, in milliseconds, unless a connection has it.</summary>
    public long ExpiresAtMs { get; set; } = ModelMessage.Never;

    /// <summary>It may be there until this: later than <see cref="ExpiresAtMs"/> if the connection's end may have been forgotten in a crash.</summary>
    public long MayExpireAtMs { get; set; } = ModelMessage.Never;

    /// <summary>When its connection ended last.</summary>
    public long Closed { get; set; }

    /// <summary>The Will that waits for the connection's end, or for its delay.</summary>
    public ModelWill? Will { get; set; }

    public List<ModelSubscription> Subscriptions { get; } = [];

    public Dictionary<(int Number, string Group, bool Retained), Delivery> Deliveries { get; } = [];

    /// <summary>The last message that came of each publisher, topic, QoS of the publisher and QoS of the copy.</summary>
    public Dictionary<(int Publisher, int Topic, int Published, int Received), int> Last { get; } = [];

    public List<RetainedPromise> Retained { get; } = [];

    public Delivery Of(ModelMessage message, string group, bool retained)
    {
        if (!Deliveries.TryGetValue((message.Number, group, retained), out Delivery? delivery))
        {
            Deliveries.Add((message.Number, group, retained), delivery = new Delivery());
        }

        return delivery;
    }
}

/// <summary>One version of a subscription: from SUBSCRIBE until the next for the same filter, or UNSUBSCRIBE.</summary>
internal sealed class ModelSubscription
{
    private readonly TopicFilter _filter;

    public ModelSubscription(int filter)
    {
        Filter = filter;
        Assert.True(TopicFilter.TryParse(Names.Filters[filter], out _filter));
    }

    public int Filter { get; }

    public required int QoS { get; init; }

    public required bool NoLocal { get; init; }

    public required int RetainHandling { get; init; }

    /// <summary>The group's whole filter, or empty.</summary>
    public string Group => _filter.IsShared ? Names.Filters[Filter] : "";

    /// <summary>It may hold from here on: SUBSCRIBE was sent.</summary>
    public required long MayBegin { get; init; }

    /// <summary>It holds from here on: SUBACK came.</summary>
    public long MustBegin { get; set; } = ModelMessage.Never;

    /// <summary>It holds up to here: UNSUBSCRIBE, or the next SUBSCRIBE, was sent.</summary>
    public long MustEnd { get; set; } = ModelMessage.Never;

    /// <summary>It may hold up to here: that was acknowledged.</summary>
    public long MayEnd { get; set; } = ModelMessage.Never;

    /// <summary>Whether UNSUBSCRIBE ended it, or its session's end: then the group may be gone, too.</summary>
    public bool IsLeft { get; set; }

    public bool Matches(ModelMessage message) => TopicFilter.Matches(_filter.Filter, Names.Topics[message.Topic]);

    private bool Wants(ModelMessage message, int client) => Matches(message) && !(NoLocal && message.Publisher == client);

    /// <summary>Whether a message may come for it.</summary>
    public bool MayCover(ModelMessage message, int client) =>
        Wants(message, client) && message.Sent <= MayEnd && message.Latest >= MayBegin;

    /// <summary>Whether a message must come for it.</summary>
    public bool MustCover(ModelMessage message, int client) =>
        Wants(message, client) && MustBegin <= message.Sent && message.Acknowledged < MustEnd && message.Acknowledged != ModelMessage.Never;
}

/// <summary>How often a message has come, and how often it may come again.</summary>
internal sealed class Delivery
{
    public int Count { get; set; }

    /// <summary>Connections that ended while it was unacknowledged.</summary>
    public int Unacknowledged { get; set; }

    /// <summary>Restarts of the broker before it came first.</summary>
    public int RestartsBefore { get; set; }

    /// <summary>Whether it has come at a QoS that lets it come again.</summary>
    public bool IsLoose { get; set; }

    /// <summary>Whether it has come at QoS 2: it must not come again.</summary>
    public bool IsExact { get; set; }
}

/// <summary>A Will with its delay.</summary>
internal sealed class ModelWill
{
    public required ModelMessage Message { get; init; }

    public required uint DelaySeconds { get; init; }

    /// <summary>It may be sent from here on, in milliseconds; null while its client is connected.</summary>
    public long? DueMs { get; set; }

    /// <summary>It is sent by then.</summary>
    public long LatestMs { get; set; }
}

/// <summary>A retained message that a subscription asked for and that was surely there.</summary>
internal sealed record RetainedPromise(ModelSubscription Subscription, ModelMessage Message, int CopiesBefore, int Restarts);
