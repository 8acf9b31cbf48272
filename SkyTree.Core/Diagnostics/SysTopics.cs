using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics;

/// <summary>
/// Publishes what the broker knows of itself below <c>$SYS/broker/</c>, retained, under the names that are usual. In a cluster
/// each node has its own values, for its own clients to see.
/// </summary>
internal sealed class SysTopics(MetricSources sources, MessageRouter router)
{
    private readonly Broker _broker = sources.Broker;
    private readonly TimeProvider _time = sources.Time;
    private readonly Dictionary<string, string> _published = new(StringComparer.Ordinal); // the ticker's, as is all below
    private readonly LoadAverage[] _loads =
    [
        new("messages/received", () => sources.Broker.Traffic.PacketsReceived),
        new("messages/sent", () => sources.Broker.Traffic.PacketsSent),
        new("publish/received", () => sources.Broker.Traffic.PublishesReceived),
        new("publish/sent", () => sources.Broker.Traffic.PublishesSent),
        new("publish/dropped", () => sources.Broker.Drops.Total),
        new("bytes/received", () => sources.Broker.Traffic.BytesReceived),
        new("bytes/sent", () => sources.Broker.Traffic.BytesSent),
        new("sockets", () => sources.Services.Admissions.TotalAccepted),
        new("connections", () => sources.Broker.Traffic.ReceivedOf(PacketType.Connect)),
    ];

    private long _updatedAt = sources.Time.GetTimestamp();
    private bool _wasUpdated;
    private int _reloads;
    private long _maximumConnected;
    private long _maximumHeap;

    /// <summary>Publishes what has changed, if it is time.</summary>
    public async ValueTask UpdateAsync()
    {
        int interval = _broker.Options.SysTopicsSeconds;
        TimeSpan elapsed = _time.GetElapsedTime(_updatedAt);
        if (interval == 0 || (_wasUpdated && elapsed.TotalSeconds < interval))
        {
            return;
        }

        _updatedAt = _time.GetTimestamp();
        _wasUpdated = true;
        if (elapsed > TimeSpan.Zero)
        {
            Array.ForEach(_loads, load => load.Update(elapsed));
        }

        int reloads = sources.State.Reloads;
        if (reloads != _reloads)
        {
            // The retained messages were replaced by those of another node, and these are no part of that.
            _reloads = reloads;
            _published.Clear();
        }

        foreach ((string name, string value) in Values().Concat(_loads.SelectMany(load => load.Values())))
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
                TimestampMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                Retain = true,
                Payload = Encoding.UTF8.GetBytes(value),
            }).ConfigureAwait(false);
        }
    }

    private IEnumerable<(string Name, string Value)> Values()
    {
        long connected = _broker.ConnectedCount;
        long disconnected = Math.Max(0, _broker.SessionCount - connected);
        _maximumConnected = Math.Max(_maximumConnected, connected);
        long heap = GC.GetTotalMemory(forceFullCollection: false);
        _maximumHeap = Math.Max(_maximumHeap, heap);
        yield return ("version", "SkyTree " + Broker.Version);
        yield return ("uptime", Text(sources.UptimeSeconds) + " seconds");
        yield return ("clients/connected", Text(connected));
        yield return ("clients/disconnected", Text(disconnected));
        yield return ("clients/active", Text(connected)); // the older names of these two
        yield return ("clients/inactive", Text(disconnected));
        yield return ("clients/total", Text(_broker.SessionCount));
        yield return ("clients/maximum", Text(_maximumConnected));
        yield return ("clients/expired", Text(sources.Services.Admissions.Expired));
        yield return ("messages/received", Text(_broker.Traffic.PacketsReceived));
        yield return ("messages/sent", Text(_broker.Traffic.PacketsSent));
        yield return ("messages/stored", Text(sources.Store.Now.Messages));
        yield return ("store/messages/count", Text(sources.Store.Now.Messages));
        yield return ("store/messages/bytes", Text(sources.Store.Now.Bytes));
        yield return ("publish/messages/received", Text(_broker.Traffic.PublishesReceived));
        yield return ("publish/messages/sent", Text(_broker.Traffic.PublishesSent));
        yield return ("publish/messages/dropped", Text(_broker.Drops.Total));
        yield return ("publish/bytes/received", Text(_broker.Traffic.PublishBytesReceived));
        yield return ("publish/bytes/sent", Text(_broker.Traffic.PublishBytesSent));
        yield return ("bytes/received", Text(_broker.Traffic.BytesReceived));
        yield return ("bytes/sent", Text(_broker.Traffic.BytesSent));
        yield return ("subscriptions/count", Text(_broker.SubscriptionCount));
        yield return ("shared_subscriptions/count", Text(sources.State.Index.Groups.Length));
        yield return ("retained messages/count", Text(_broker.RetainedCount));
        yield return ("heap/current", Text(heap));
        yield return ("heap/maximum", Text(_maximumHeap));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
