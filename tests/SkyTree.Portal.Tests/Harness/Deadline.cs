namespace SkyTree.Portal.Tests.Harness;

/// <summary>How long tests wait for what must happen. Generous, since the machine may be busy; nothing waits it out when the portal is right.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("SKYTREE_TEST_DEADLINE_SECONDS"), out double seconds) ? seconds : 60);
}
