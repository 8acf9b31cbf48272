namespace SkyTree.Sinks.Tests.Harness;

/// <summary>Waits for what must happen, with patience for a busy machine.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("SKYTREE_TEST_DEADLINE_SECONDS"), out double seconds) ? seconds : 90);

    /// <summary>Returns when it holds.</summary>
    public static Task HoldsAsync(Func<bool> condition, Func<string>? told = null) => HoldsAsync(() => Task.FromResult(condition()), told);

    /// <summary>Returns when it holds.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string>? told = null)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            if (patience.Elapsed > Deadline)
            {
                throw new TimeoutException($"It did not happen within {Deadline}. {told?.Invoke()}");
            }

            await Task.Delay(10);
        }
    }
}
