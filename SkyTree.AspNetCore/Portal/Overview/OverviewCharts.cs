using Microsoft.Extensions.Localization;
using SkyTree.AspNetCore.Portal.Charts;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.Core.Admin.Stats;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Overview;

/// <summary>The charts of the overview over one time.</summary>
/// <param name="From">Where they begin.</param>
/// <param name="To">Where they end.</param>
/// <param name="Step">From one value to the next.</param>
/// <param name="Times">The moments of the values.</param>
/// <param name="Charts">The charts.</param>
internal sealed record OverviewCharts(DateTimeOffset From, DateTimeOffset To, TimeSpan Step, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<OverviewChart> Charts)
{
    // More than a screen has room for says no more.
    private const int MostPoints = 360;

    /// <summary>What this node did in the last minutes.</summary>
    public static OverviewCharts Of(IReadOnlyList<PulseSample> samples, DateTimeOffset now, IStringLocalizer<Texts> text)
    {
        return new(now.AddSeconds(-PortalPulse.Remembered), now, TimeSpan.FromSeconds(1), [.. samples.Select(sample => sample.At)],
        [
            new("Messages", ChartUnit.Rate, [Line("In", sample => sample.InPerSecond), Line("Out", sample => sample.OutPerSecond), Line("Dropped", sample => sample.DroppedPerSecond, true)]),
            new("Bytes", ChartUnit.ByteRate, [Line("BytesIn", sample => sample.BytesInPerSecond), Line("BytesOut", sample => sample.BytesOutPerSecond)]),
            new("Clients", ChartUnit.Count, [Line("Connections", sample => sample.Connections), Line("Sessions", sample => sample.Sessions)]),
            new("Kept", ChartUnit.Count, [Line("Subscriptions", sample => sample.Subscriptions), Line("Retained", sample => sample.Retained)]),
        ]);

        ChartLine Line(string name, Func<PulseSample, double> value, bool isBad = false) => new(text["Overview." + name], [.. samples.Select(value)], isBad);
    }

    /// <summary>What the broker has remembered of the last hour, day or week.</summary>
    public static OverviewCharts Of(StatChart chart, DateTimeOffset now, IStringLocalizer<Texts> text)
    {
        TimeSpan length = chart.Range switch { StatRange.Hour => TimeSpan.FromHours(1), StatRange.Day => TimeSpan.FromDays(1), _ => TimeSpan.FromDays(7) };
        int together = Math.Max(1, (int)Math.Ceiling(length.TotalSeconds / chart.StepSeconds / MostPoints));
        StatPoint[][] groups = [.. chart.Points.GroupBy(point => point.At.ToUnixTimeSeconds() / chart.StepSeconds / together).Select(group => group.ToArray())];
        return new(now - length, now, TimeSpan.FromSeconds(chart.StepSeconds * together), [.. groups.Select(group => group[^1].At)],
        [
            new("Messages", ChartUnit.Rate, [Rate("In", values => values.MessagesReceived), Rate("Out", values => values.MessagesSent), Rate("Dropped", values => values.MessagesDropped, true)]),
            new("Bytes", ChartUnit.ByteRate, [Rate("BytesIn", values => values.BytesReceived), Rate("BytesOut", values => values.BytesSent)]),
            new("Clients", ChartUnit.Count, [Last("Connections", values => values.Connections), Last("Sessions", values => values.Sessions)]),
            new("Kept", ChartUnit.Count, [Last("Subscriptions", values => values.Subscriptions), Last("Retained", values => values.Retained)]),
            new("Stored", ChartUnit.Rate, [new(text["Overview.Stored"], Stored())]),
            new("Store", ChartUnit.Bytes, [Last("StoreBytes", values => values.StoreBytes)]),
        ]);

        ChartLine Rate(string name, Func<StatSample, long> value, bool isBad = false) =>
            new(text["Overview." + name], [.. groups.Select(group => group.Sum(point => (double)value(point.Values)) / (group.Length * chart.StepSeconds))], isBad);

        ChartLine Last(string name, Func<StatSample, long> value) => new(text["Overview." + name], [.. groups.Select(group => (double)value(group[^1].Values))]);

        // The log's offset is what there is, not what came: each step's difference to the one before.
        IReadOnlyList<double> Stored() =>
        [
            .. groups.Select((group, index) => index == 0 ? 0 : Math.Max(0, group[^1].Values.LastOffset - groups[index - 1][^1].Values.LastOffset)
                / Math.Max(1, (group[^1].At - groups[index - 1][^1].At).TotalSeconds)),
        ];
    }
}
