using System.Globalization;

namespace SkyTree.Crash.Tests;

/// <summary>What the environment says about these tests; described at <see cref="CrashTests"/>.</summary>
internal static class Settings
{
    /// <summary>Rounds of each test that runs in rounds.</summary>
    public static int Rounds { get; } = Number("SKYTREE_CRASH_ROUNDS") ?? 10;

    /// <summary>How long something that must happen may take, or how long a run may stand still.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(Number("SKYTREE_CRASH_DEADLINE_SECONDS") ?? 180);

    /// <summary>The seed that was asked for, or the default, or a new one.</summary>
    public static int NextSeed(int? byDefault = null) => Number("SKYTREE_CRASH_SEED") ?? byDefault ?? Random.Shared.Next();

    private static int? Number(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
