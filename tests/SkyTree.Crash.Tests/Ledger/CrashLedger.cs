using System.Diagnostics;
using System.Globalization;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>
/// Everything that publishers sent and had acknowledged, and everything that applications got, in the order in which it
/// happened; and what is wrong with that. Thread-safe.
/// </summary>
/// <remarks>
/// It knows nothing of kills and restarts: an acknowledgement means the same whatever comes after it. A message that was
/// not acknowledged may arrive or not, but never twice at QoS 2 and never out of order.
/// </remarks>
internal sealed partial class CrashLedger
{
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new(); // guards everything below
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<string, List<SentMessage>> _sent = []; // by publisher, in the order of numbers
    private readonly Dictionary<string, Reader> _readers = []; // by name; "$share/g" for a group
    private readonly List<Finding> _findings = [];
    private readonly List<string> _timeline = [];
    private readonly Dictionary<string, TimeSpan> _noted = []; // when a line was noted last
    private long _missing;
    private long _changes;

    /// <summary>Time since the run began.</summary>
    public TimeSpan Now => _clock.Elapsed;

    /// <summary>Acknowledged messages that have not yet come to somebody who must get them, counted once for each.</summary>
    public long Missing
    {
        get
        {
            lock (_gate)
            {
                return _missing;
            }
        }
    }

    /// <summary>Rises whenever something is acknowledged or comes: whether there is progress.</summary>
    public long Changes
    {
        get
        {
            lock (_gate)
            {
                return _changes;
            }
        }
    }

    /// <summary>What was done to the broker, with times.</summary>
    public IReadOnlyList<string> Timeline
    {
        get
        {
            lock (_gate)
            {
                return [.. _timeline];
            }
        }
    }

    /// <summary>What the run has seen, in one line.</summary>
    public string Summary
    {
        get
        {
            lock (_gate)
            {
                int sent = _sent.Values.Sum(list => list.Count);
                int acknowledged = _sent.Values.Sum(list => list.Count(message => message.AcknowledgedAt is not null));
                int delivered = _readers.Values.Sum(reader => reader.Deliveries.Count);
                int repeats = _readers.Values.Sum(reader => reader.Deliveries.Count - reader.Seen.Count);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{sent} sent, {acknowledged} acknowledged, {delivered} delivered to {_readers.Count} readers, {repeats} of them repeats at QoS 1, {Now.TotalSeconds:F1} s");
            }
        }
    }

    /// <summary>Notes what was done to the broker. What is said again and again is noted once a second.</summary>
    public void Note(string what)
    {
        lock (_gate)
        {
            if (_noted.TryGetValue(what, out TimeSpan last) && Now - last < s_again)
            {
                return;
            }

            _noted[what] = Now;
            _timeline.Add(string.Create(CultureInfo.InvariantCulture, $"{Now.TotalSeconds:F3} s {what}"));
        }
    }

    /// <summary>Notes what a client saw to be wrong by itself.</summary>
    public void Report(FindingKind kind, string text)
    {
        lock (_gate)
        {
            _findings.Add(new Finding(kind, string.Create(CultureInfo.InvariantCulture, $"{Now.TotalSeconds:F3} s {text}")));
        }
    }

    /// <summary>A client's SUBACK came: from now on its reader must get what is sent.</summary>
    public void Subscribed(string client, IReadOnlyList<Subscription> subscriptions)
    {
        lock (_gate)
        {
            Subscribing(client, subscriptions);
            foreach (string? group in subscriptions.Select(subscription => subscription.Group).Distinct())
            {
                ReaderOf(client, group).IsConfirmed = true;
            }
        }
    }

    /// <summary>A client is about to send SUBSCRIBE: from now on its reader may get what is sent.</summary>
    public void Subscribing(string client, IReadOnlyList<Subscription> subscriptions)
    {
        lock (_gate)
        {
            foreach (IGrouping<string?, Subscription> group in subscriptions.GroupBy(subscription => subscription.Group))
            {
                Reader reader = ReaderOf(client, group.Key);
                if (reader.Subscriptions.Count == 0)
                {
                    reader.Add(group);
                }
            }
        }
    }

    /// <summary>A publisher is about to send its next message for the first time.</summary>
    public SentMessage Sent(string publisher, string topic, int qos, int length)
    {
        lock (_gate)
        {
            if (!_sent.TryGetValue(publisher, out List<SentMessage>? messages))
            {
                _sent[publisher] = messages = [];
            }

            SentMessage message = new(publisher, messages.Count + 1, topic, qos, length, Now)
            {
                Expecting = [.. _readers.Values.Where(reader => reader.Expects(topic))],
            };
            messages.Add(message);
            return message;
        }
    }

    /// <summary>PUBACK or PUBREC came with success. A repeat changes nothing.</summary>
    public void Acknowledged(SentMessage message)
    {
        lock (_gate)
        {
            if (message.AcknowledgedAt is null)
            {
                message.AcknowledgedAt = Now;
                _missing += message.Expecting.Count(reader => !reader.Seen.Contains(message));
                _changes++;
            }
        }
    }

    /// <summary>A message came to a client's application.</summary>
    /// <param name="client">The client.</param>
    /// <param name="group">The group as whose member it got the message, or null.</param>
    /// <param name="connection">The number of the client's connection.</param>
    /// <param name="packet">The PUBLISH.</param>
    public void Received(string client, string? group, int connection, Packet packet)
    {
        lock (_gate)
        {
            Reader reader = ReaderOf(client, group);
            if (Find(packet) is not { } message)
            {
                Report(FindingKind.Damaged, $"{client} got on {packet.Topic} what nobody sent: {Text(packet)}");
                return;
            }

            if (reader.GrantedQoS(message.Topic) < 0)
            {
                Report(FindingKind.NotSubscribed, $"{client} is not subscribed to {message}");
                return;
            }

            if (packet.QoS != reader.EffectiveQoS(message))
            {
                Report(FindingKind.WrongQoS, $"{client} got at QoS {packet.QoS} instead of {reader.EffectiveQoS(message)}: {message}");
            }

            if (packet.Retain)
            {
                Report(FindingKind.Damaged, $"{client} got as retained what was not: {message}");
            }

            reader.Deliveries.Add(new Delivery(message, client, connection, Now));
            _changes++;
            if (reader.Seen.Add(message) && message.AcknowledgedAt is not null && message.Expecting.Contains(reader))
            {
                _missing--;
            }
        }
    }

    /// <summary>When and where a message came.</summary>
    public IReadOnlyList<Delivery> DeliveriesOf(SentMessage message)
    {
        lock (_gate)
        {
            return [.. _readers.Values.SelectMany(reader => reader.Deliveries).Where(delivery => delivery.Message == message)];
        }
    }

    /// <summary>When the message that came was sent for the first time; null if it is nobody's.</summary>
    public TimeSpan? SentAt(Packet packet)
    {
        lock (_gate)
        {
            return Find(packet)?.SentAt;
        }
    }

    private SentMessage? Find(Packet packet) =>
        SentMessage.Parse(packet.Payload) is var (publisher, number)
        && _sent.TryGetValue(publisher, out List<SentMessage>? messages)
        && number >= 1 && number <= messages.Count
        && messages[number - 1] is var message
        && message.Topic == packet.Topic
        && packet.Payload.AsSpan().SequenceEqual(message.Payload())
            ? message
            : null;

    private Reader ReaderOf(string client, string? group)
    {
        string name = group is null ? client : $"$share/{group}";
        if (!_readers.TryGetValue(name, out Reader? reader))
        {
            _readers[name] = reader = new Reader(name, group is not null);
        }

        return reader;
    }

    private static string Text(Packet packet) =>
        $"\"{System.Text.Encoding.ASCII.GetString(packet.Payload.AsSpan(0, Math.Min(packet.Payload.Length, 60)))}\" ({packet.Payload.Length} bytes)";
}
