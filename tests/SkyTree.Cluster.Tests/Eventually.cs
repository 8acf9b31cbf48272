using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace SkyTree.Cluster.Tests;

/// <summary>Waits for what must come to hold.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a machine that is busy with other things.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Waits until it holds; returns how long that took.</summary>
    public static Task<TimeSpan> HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") => HoldsAsync(condition, Deadline, what);

    /// <summary>Waits until it holds, for so long; returns how long that took.</summary>
    public static async Task<TimeSpan> HoldsAsync(Func<bool> condition, TimeSpan deadline, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < deadline, $"not within {deadline}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
