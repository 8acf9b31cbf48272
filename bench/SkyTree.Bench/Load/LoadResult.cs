using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SkyTree.Bench.Load;

/// <summary>What a load measured; times in microseconds, NaN where no broker's pid was given.</summary>
internal sealed record LoadResult
{
    public required double DeliveriesPerSecond { get; init; }

    public required double BrokerCpuPerDelivery { get; init; }

    /// <summary>Of all nodes of a cluster together, where <see cref="BrokerCpuPerDelivery"/> is the busiest one's.</summary>
    public required double ClusterCpuPerDelivery { get; init; }

    public required double LoadCpuPerDelivery { get; init; }

    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    /// <summary>From when a message was due to its acknowledgement; 0 in a closed loop and at QoS 0.</summary>
    public required double AcknowledgedP50 { get; init; }

    public required double AcknowledgedP99 { get; init; }

    public required double ResidentMegabytes { get; init; }

    public required long Lost { get; init; }

    public required long Reordered { get; init; }

    public required long Duplicates { get; init; }

    public required long Refused { get; init; }

    public required long Unacknowledged { get; init; }

    /// <summary>Whether the broker kept what MQTT promises at this QoS. At QoS 0 it may lose messages, but neither repeat nor reorder them.</summary>
    public bool IsCorrect(int qos) =>
        DeliveriesPerSecond > 0 && Reordered == 0 && Duplicates == 0 && Refused == 0 && Unacknowledged == 0 && (qos == 0 || Lost == 0);

    public string ToLine() => string.Create(CultureInfo.InvariantCulture,
        $"{DeliveriesPerSecond:N0} deliveries/s, CPU per delivery: broker {BrokerCpuPerDelivery:F3} µs, load {LoadCpuPerDelivery:F3} µs, " +
        $"latency p50 {P50:N0} p99 {P99:N0} p99.9 {P999:N0} µs, acknowledged p50 {AcknowledgedP50:N0} p99 {AcknowledgedP99:N0} µs, broker {ResidentMegabytes:F1} MiB, " +
        $"lost {Lost}, reordered {Reordered}, duplicates {Duplicates}, refused {Refused}, unacknowledged {Unacknowledged}");

    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            WriteNumber(json, "deliveries_per_s", DeliveriesPerSecond, 0);
            WriteNumber(json, "broker_cpu_us_per_delivery", BrokerCpuPerDelivery, 4);
            WriteNumber(json, "cluster_cpu_us_per_delivery", ClusterCpuPerDelivery, 4);
            WriteNumber(json, "load_cpu_us_per_delivery", LoadCpuPerDelivery, 4);
            WriteNumber(json, "p50_us", P50, 1);
            WriteNumber(json, "p99_us", P99, 1);
            WriteNumber(json, "p999_us", P999, 1);
            WriteNumber(json, "acknowledged_p50_us", AcknowledgedP50, 1);
            WriteNumber(json, "acknowledged_p99_us", AcknowledgedP99, 1);
            WriteNumber(json, "rss_mb", ResidentMegabytes, 1);
            json.WriteNumber("lost", Lost);
            json.WriteNumber("reordered", Reordered);
            json.WriteNumber("duplicates", Duplicates);
            json.WriteNumber("refused", Refused);
            json.WriteNumber("unacknowledged", Unacknowledged);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value, int digits)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, Math.Round(value, digits));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
