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

    /// <summary>The same for what comes to hold as the broker's clock goes on.</summary>
    public static Task AdvancesAsync(TestBroker broker, Func<bool> condition) => AdvancesAsync(broker, () => Task.FromResult(condition()));

    /// <summary>The same for what comes to hold as the broker's clock goes on.</summary>
    public static async Task AdvancesAsync(TestBroker broker, Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        while (!await condition())
        {
            await broker.AdvanceAsync(TimeSpan.FromSeconds(1));
            await Task.Delay(1, deadline.Token);
        }
    }
}
