namespace SkyTree.Store.Tests.Outbox;

/// <summary>Waits for what must come to hold and announces itself by nothing but holding.</summary>
internal static class OutboxWaits
{
    public static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(1, deadline.Token);
        }
    }
}
