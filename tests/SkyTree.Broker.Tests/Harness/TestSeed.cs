using System.Globalization;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>Seeds of random tests: a new one each run, which the test prints, or that of <c>SKYTREE_TEST_SEED</c>.</summary>
internal static class TestSeed
{
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("SKYTREE_TEST_SEED"), CultureInfo.InvariantCulture, out int seed)
            ? seed
            : Random.Shared.Next();
}
