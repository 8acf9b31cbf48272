namespace SkyTree.AspNetCore.Portal.Charts;

/// <summary>What <c>js/chart.js</c> is sent: values of a chart. Times are Unix seconds.</summary>
/// <param name="IsMore">Whether they follow what was sent before, from their first moment on; otherwise they are all there are.</param>
/// <param name="From">The time at the left edge.</param>
/// <param name="To">The time at the right edge.</param>
/// <param name="Step">Seconds from one value to the next.</param>
/// <param name="Times">The moments, oldest first.</param>
/// <param name="Values">Each line's values at these moments.</param>
internal sealed record ChartPart(bool IsMore, double From, double To, double Step, double[] Times, double[][] Values);
