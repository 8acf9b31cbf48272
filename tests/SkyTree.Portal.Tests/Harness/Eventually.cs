namespace SkyTree.Portal.Tests.Harness;

/// <summary>Waits for what must come to hold and announces itself by nothing but holding.</summary>
internal static class Eventually
{
    public static Task HoldsAsync(Func<bool> condition) => HoldsAsync(() => Task.FromResult(condition()));

    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }
}
