using System.Globalization;

namespace SkyTree.Core.Diagnostics;

/// <summary>How much of something there is in a minute, over the last 1, 5 and 15 minutes: averages in which what is old fades.</summary>
/// <param name="name">The topic below <c>$SYS/broker/load/</c>, without the time.</param>
/// <param name="read">Reads the counter.</param>
internal sealed class LoadAverage(string name, Func<long> read)
{
    private static readonly int[] s_minutes = [1, 5, 15];

    private readonly double[] _averages = new double[s_minutes.Length];
    private long _before = read();

    /// <summary>Takes what has come since the last time.</summary>
    /// <param name="elapsed">How long ago that was; more than nothing.</param>
    public void Update(TimeSpan elapsed)
    {
        long now = read();
        double perMinute = (now - _before) / elapsed.TotalMinutes;
        _before = now;
        for (int i = 0; i < _averages.Length; i++)
        {
            _averages[i] = perMinute + (Math.Exp(-elapsed.TotalMinutes / s_minutes[i]) * (_averages[i] - perMinute));
        }
    }

    /// <summary>The topics below <c>$SYS/broker/</c>, and their values.</summary>
    public IEnumerable<(string Name, string Value)> Values()
    {
        for (int i = 0; i < _averages.Length; i++)
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"load/{name}/{s_minutes[i]}min"), _averages[i].ToString("F2", CultureInfo.InvariantCulture));
        }
    }
}
