using SkyTree.Interop.Tests;
using Xunit;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>Waits for what happens in its own time.</summary>
internal static class Eventually
{
    /// <summary>Returns when a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="otherwise">What to say when it does not come to hold.</param>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var patience = new CancellationTokenSource(Deadline.Step);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, otherwise());
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
