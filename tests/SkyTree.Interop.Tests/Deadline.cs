namespace SkyTree.Interop.Tests;

/// <summary>How long each step of a test may take. Generous: it only ends a test that would never end.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Step = TimeSpan.FromMinutes(1);
}
