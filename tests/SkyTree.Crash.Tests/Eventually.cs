namespace SkyTree.Crash.Tests;

/// <summary>Waits for what must come to hold and announces itself by nothing but holding.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until it holds. False when the deadline has passed.</summary>
    public static Task<bool> HoldsAsync(Func<bool> condition) => HoldsAsync(condition, () => 0);

    /// <summary>Waits until it holds, as long as there is progress. False when there was none for the length of the deadline.</summary>
    /// <param name="condition">What must come to hold.</param>
    /// <param name="progress">A number that changes while things go on.</param>
    public static async Task<bool> HoldsAsync(Func<bool> condition, Func<long> progress)
    {
        long last = progress();
        long since = Environment.TickCount64;
        while (!condition())
        {
            if (progress() is var now && now != last)
            {
                (last, since) = (now, Environment.TickCount64);
            }
            else if (Environment.TickCount64 - since > Settings.Deadline.TotalMilliseconds)
            {
                return false;
            }

            await Task.Delay(Look);
        }

        return true;
    }
}
