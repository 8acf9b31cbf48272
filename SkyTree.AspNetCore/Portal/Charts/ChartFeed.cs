namespace SkyTree.AspNetCore.Portal.Charts;

/// <summary>What a browser's chart has been sent, and so what it is still to be sent.</summary>
internal sealed class ChartFeed
{
    private (TimeSpan Step, DateTimeOffset Until)? _sent;

    /// <summary>The values that are new, with the last that was sent, which may have grown; all of them when what was sent is not the beginning of these.</summary>
    /// <param name="from">The time at the chart's left edge.</param>
    /// <param name="to">The time at its right edge.</param>
    /// <param name="step">From one value to the next.</param>
    /// <param name="times">The moments of all values, oldest first.</param>
    /// <param name="lines">The values.</param>
    public ChartPart Next(DateTimeOffset from, DateTimeOffset to, TimeSpan step, IReadOnlyList<DateTimeOffset> times, IReadOnlyList<ChartLine> lines)
    {
        int first = _sent is { } sent && sent.Step == step ? LastIndexOf(times, sent.Until) : -1;
        bool isMore = first >= 0;
        first = Math.Max(0, first);
        _sent = times.Count == 0 ? null : (step, times[^1]);
        return new ChartPart(
            isMore, Seconds(from), Seconds(to), step.TotalSeconds,
            [.. times.Skip(first).Select(Seconds)],
            [.. lines.Select(line => line.Values.Skip(first).Select(value => Math.Round(value, 2)).ToArray())]);
    }

    private static int LastIndexOf(IReadOnlyList<DateTimeOffset> times, DateTimeOffset time)
    {
        for (int i = times.Count - 1; i >= 0 && times[i] >= time; i--)
        {
            if (times[i] == time)
            {
                return i;
            }
        }

        return -1;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
