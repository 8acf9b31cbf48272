namespace SkyTree.AspNetCore.Portal.Charts;

/// <summary>A line of <see cref="TimeChart"/>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Values">Its value at each time of the chart.</param>
/// <param name="IsBad">Whether it counts what should not be, and is drawn so.</param>
public sealed record ChartLine(string Name, IReadOnlyList<double> Values, bool IsBad = false);
