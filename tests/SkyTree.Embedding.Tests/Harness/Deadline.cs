namespace SkyTree.Embedding.Tests.Harness;

/// <summary>How long tests wait for what must happen. Generous, since the machine may be busy.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Default = TimeSpan.FromMinutes(2);

    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string>? explain = null)
    {
        long end = Environment.TickCount64 + (long)Default.TotalMilliseconds;
        while (!await condition())
        {
            if (Environment.TickCount64 > end)
            {
                throw new TimeoutException($"It did not come to hold. {explain?.Invoke()}");
            }

            await Task.Delay(20);
        }
    }
}
