using System.Globalization;
using CsCheck;

namespace SkyTree.Broker.Tests.Model;

/// <summary>
/// Random histories of clients that come, go, subscribe, publish and acknowledge in any order, while time passes and the
/// broker restarts and crashes: each gets what MQTT promises it, in order, and nothing else. A failure prints the shortest
/// history that was found, and a seed for the environment variable <c>CsCheck_Seed</c>. <c>SKYTREE_MODEL_SECONDS</c> sets
/// how long each leaning of histories is tried.
/// </summary>
public sealed class DurableSessionModelTests(ITestOutputHelper output)
{
    private static readonly int s_seconds =
        int.TryParse(Environment.GetEnvironmentVariable("SKYTREE_MODEL_SECONDS"), CultureInfo.InvariantCulture, out int seconds) ? seconds : 5;

    [Fact]
    public Task Durable_sessions_keep_what_mqtt_promises() => TryAsync(Histories.Mixed);

    [Fact]
    public Task A_shared_group_gives_each_message_to_a_member() => TryAsync(Histories.Groups);

    [Fact]
    public Task Retained_messages_come_once_for_each_subscription() => TryAsync(Histories.Retained);

    [Fact]
    public Task Backlogs_are_read_from_the_store() => TryAsync(Histories.Backlogs);

    private async Task TryAsync(Gen<Step[]> histories)
    {
        Violation? found = null;
        int tried = 0;
        await histories.SampleAsync(
            async steps =>
            {
                if (found is not null)
                {
                    return; // one is enough
                }

                try
                {
                    tried++;
                    await World.RunAsync(steps);
                }
                catch (Violation violation)
                {
                    (IReadOnlyList<Step> shortest, violation) = await Shortening.ShortenAsync(steps, violation);
                    found = new Violation($"{string.Join('\n', shortest)}\n\n{violation.Message}");
                    throw found;
                }
            },
            time: s_seconds,
            threads: 1,
            print: steps => $"a history of {steps.Length} steps");
        output.WriteLine($"{tried} histories");
    }
}
