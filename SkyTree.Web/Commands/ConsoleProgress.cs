using System.Diagnostics;

namespace SkyTree.Web.Commands;

/// <summary>Progress on standard error: a line a second at most, and none for what is done sooner.</summary>
/// <param name="describe">Makes the line out of what is told and the seconds since the beginning.</param>
internal sealed class ConsoleProgress<T>(Func<T, double, string> describe) : IProgress<T>
{
    private readonly long _begun = Stopwatch.GetTimestamp();
    private long _last = Stopwatch.GetTimestamp();

    public void Report(T value)
    {
        if (Stopwatch.GetElapsedTime(_last) >= TimeSpan.FromSeconds(1))
        {
            _last = Stopwatch.GetTimestamp();
            Console.Error.WriteLine(describe(value, Stopwatch.GetElapsedTime(_begun).TotalSeconds));
        }
    }
}
