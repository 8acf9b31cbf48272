using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Diagnostics;

/// <summary>Publishes what the broker knows of itself below <c>$SYS/broker/</c>, retained, under the names that are usual.</summary>
internal sealed class SysTopics(Broker broker, MessageRouter router, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private readonly Dictionary<string, string> _published = new(StringComparer.Ordinal); // the ticker's
    private long? _updatedAt;
    private long _maximumConnected;

    /// <summary>Publishes what has changed, if it is time.</summary>
    public async ValueTask UpdateAsync()
    {
        int interval = broker.Options.SysTopicsSeconds;
        if (interval == 0 || (_updatedAt is { } at && time.GetElapsedTime(at).TotalSeconds < interval))
        {
            return;
        }

        _updatedAt = time.GetTimestamp();
        foreach ((string name, string value) in Values())
        {
            if (_published.TryGetValue(name, out string? before) && before == value)
            {
                continue;
            }

            _published[name] = value;
            await router.PublishAsync(new StoredMessage
            {
                Offset = 0,
                Topic = "$SYS/broker/" + name,
                TimestampMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Retain = true,
                Payload = Encoding.UTF8.GetBytes(value),
            }).ConfigureAwait(false);
        }
    }

    private IEnumerable<(string Name, string Value)> Values()
    {
        long connected = broker.ConnectedCount;
        _maximumConnected = Math.Max(_maximumConnected, connected);
        yield return ("version", "SkyTree " + Broker.Version);
        yield return ("uptime", Text((long)time.GetElapsedTime(_startedAt).TotalSeconds) + " seconds");
        yield return ("clients/connected", Text(connected));
        yield return ("clients/disconnected", Text(Math.Max(0, broker.SessionCount - connected)));
        yield return ("clients/total", Text(broker.SessionCount));
        yield return ("clients/maximum", Text(_maximumConnected));
        yield return ("messages/received", Text(broker.Traffic.PacketsReceived));
        yield return ("messages/sent", Text(broker.Traffic.PacketsSent));
        yield return ("publish/messages/received", Text(broker.Traffic.PublishesReceived));
        yield return ("publish/messages/sent", Text(broker.Traffic.PublishesSent));
        yield return ("publish/messages/dropped", Text(broker.Drops.Total));
        yield return ("bytes/received", Text(broker.Traffic.BytesReceived));
        yield return ("bytes/sent", Text(broker.Traffic.BytesSent));
        yield return ("subscriptions/count", Text(broker.SubscriptionCount));
        yield return ("retained messages/count", Text(broker.RetainedCount));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
