using SkyTree.AspNetCore.Portal.Charts;

namespace SkyTree.AspNetCore.Portal.Overview;

/// <summary>A chart of the overview.</summary>
/// <param name="Name">Its text's name is <c>Overview.{Name}Chart</c>.</param>
/// <param name="Unit">What its values are.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record OverviewChart(string Name, ChartUnit Unit, IReadOnlyList<ChartLine> Lines);
