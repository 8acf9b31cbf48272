using System.Globalization;

namespace SkyTree.Bench.Idle;

/// <summary>What idle connections cost: resident memory in KiB and the share of one core.</summary>
internal sealed record IdleResult(int Connections, long KilobytesBefore, long KilobytesAfter, double CpuShare)
{
    private double KilobytesPerConnection => (double)(KilobytesAfter - KilobytesBefore) / Connections;

    public string ToLine() => string.Create(CultureInfo.InvariantCulture,
        $"{Connections:N0} idle connections, {KilobytesPerConnection:F2} KiB each, broker {KilobytesBefore / 1024.0:F1} MiB before, " +
        $"{KilobytesAfter / 1024.0:F1} MiB after, {CpuShare:P2} of a core");

    public string ToJson() => string.Create(CultureInfo.InvariantCulture,
        $"{{\"connections\":{Connections},\"kib_per_connection\":{KilobytesPerConnection:F3},\"rss_before_mb\":{KilobytesBefore / 1024.0:F1}," +
        $"\"rss_mb\":{KilobytesAfter / 1024.0:F1},\"cpu_share\":{CpuShare:F5}}}");
}
