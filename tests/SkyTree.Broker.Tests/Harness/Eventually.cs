namespace SkyTree.Broker.Tests.Harness;

/// <summary>Waits for what must come to hold and announces itself by nothing but holding.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        while (!condition())
        {
            await Task.Delay(1, deadline.Token);
        }
    }
}
