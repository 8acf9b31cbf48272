using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// One subscription, or what several overlapping ones of a session come to for a topic: who gets a message and how.
/// Immutable, but for <see cref="EndOffset"/> and <see cref="ReadableUnder"/>.
/// </summary>
internal sealed class Subscription
{
    /// <summary>Who subscribed.</summary>
    public required Session Session { get; init; }

    /// <summary>The filter; of the one with the highest QoS where several were merged.</summary>
    public required TopicFilter Filter { get; init; }

    /// <summary>The granted maximum QoS.</summary>
    public QoS QoS { get; init; }

    public bool NoLocal { get; init; }

    public bool RetainAsPublished { get; init; }

    /// <summary>The subscription identifiers to send along; empty when there are none.</summary>
    public uint[] Identifiers { get; init; } = [];

    /// <summary>What the subscriber is told of each stored message.</summary>
    public StoredProperties Properties { get; init; }

    /// <summary>The shared group that this is a membership of, or null.</summary>
    public SharedGroup? Group { get; init; }

    /// <summary>Counts what is appended for its filter, if sessions have limits and it reads the log; else null.</summary>
    public FilterCounter? Counter { get; init; }

    /// <summary>What had been counted when it was made.</summary>
    public QueueUsage CountedBefore { get; init; }

    /// <summary>Log messages with a higher offset belong to it.</summary>
    public long StartOffset { get; init; }

    /// <summary>Log messages up to and with this offset belong to it; raised never, lowered when it is replaced or ended, and when a replay takes over what is pending.</summary>
    public long EndOffset { get; set; } = long.MaxValue; // written under the replicator's order; read under the session's gate

    /// <summary>Who found that its client may read all that it matches; null: nobody yet. Written and read by whoever delivers.</summary>
    public object? ReadableUnder { get; set; }

    /// <summary>Where several subscriptions with No Local among them were merged: what is left for the session's own publishes; null: nothing.</summary>
    public Subscription? ForOwnMessages { get; init; }

    /// <summary>Whether it stands for several subscriptions.</summary>
    public bool IsMerged { get; init; }

    /// <summary>True when one of the merged subscriptions has No Local.</summary>
    public bool HasNoLocal { get; init; }

    /// <summary>Whether a log reader must see the message: a durable session at QoS 1 or 2.</summary>
    public bool ReadsLog => QoS > QoS.AtMostOnce && Session.IsDurable && Group is null;

    /// <summary>
    /// What overlapping subscriptions of one session come to: one copy at the highest QoS with all identifiers
    /// (MQTT 5.0, 3.3.4). No Local takes a subscription out for the session's own messages.
    /// </summary>
    public static Subscription Merge(ReadOnlySpan<Subscription> overlapping)
    {
        if (overlapping.Length == 1)
        {
            return overlapping[0];
        }

        bool anyNoLocal = false;
        bool allNoLocal = true;
        foreach (Subscription one in overlapping)
        {
            anyNoLocal |= one.NoLocal;
            allNoLocal &= one.NoLocal;
        }

        Subscription? own = null;
        if (anyNoLocal && !allNoLocal)
        {
            var others = new List<Subscription>();
            foreach (Subscription one in overlapping)
            {
                if (!one.NoLocal)
                {
                    others.Add(one);
                }
            }

            own = Merge(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(others));
        }

        Subscription highest = overlapping[0];
        bool retainAsPublished = false;
        var properties = StoredProperties.None;
        List<uint>? identifiers = null;
        foreach (Subscription one in overlapping)
        {
            if (one.QoS > highest.QoS)
            {
                highest = one;
            }

            retainAsPublished |= one.RetainAsPublished;
            properties |= one.Properties;
            if (one.Identifiers.Length > 0)
            {
                (identifiers ??= []).AddRange(one.Identifiers);
            }
        }

        return new Subscription
        {
            Session = highest.Session,
            Filter = highest.Filter,
            QoS = highest.QoS,
            RetainAsPublished = retainAsPublished,
            Identifiers = identifiers?.Distinct().ToArray() ?? [],
            Properties = properties,
            NoLocal = allNoLocal,
            HasNoLocal = anyNoLocal,
            IsMerged = true,
            ForOwnMessages = own,
        };
    }

    /// <summary>What is left of it for a message that the subscriber itself published; null: nothing.</summary>
    public Subscription? For(string publisherId) =>
        (NoLocal || HasNoLocal) && publisherId == Session.ClientId ? ForOwnMessages : this;
}
