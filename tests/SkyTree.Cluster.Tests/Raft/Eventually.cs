using System.Diagnostics;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Waits for conditions, each with a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > Deadline)
            {
                throw new TimeoutException($"After {watch.Elapsed.TotalSeconds:F0} s it was not so that {what}");
            }

            await Task.Delay(5);
        }
    }
}
