namespace SkyTree.Core.Tests.Harness;

/// <summary>Measures what code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Windows = 5;

    /// <summary>
    /// The bytes that code allocates whenever it runs: the least of several windows, as the runtime allocates for itself when
    /// it compiles a method anew, once.
    /// </summary>
    /// <param name="act">What is measured.</param>
    /// <param name="times">How often it runs in each window.</param>
    public static long Of(Action act, int times = 1)
    {
        long least = long.MaxValue;
        for (int window = 0; window < Windows && least > 0; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < times; i++)
            {
                act();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
