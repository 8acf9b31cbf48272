namespace SkyTree.Crash.Tests.Rounds;

/// <summary>Random numbers that depend on the seed alone, apart for each use, so that no use disturbs another.</summary>
internal static class Seeds
{
    private const int Step = 7919;

    public static Random For(int seed, int use) => new(unchecked((seed * Step) + use));
}
