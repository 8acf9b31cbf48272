using System.Diagnostics;

namespace SkyTree.Broker.Tests.Model;

/// <summary>Finds the shortest history that still fails: it leaves out parts, large ones first, then single steps.</summary>
internal static class Shortening
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static async Task<(IReadOnlyList<Step> Steps, Violation Violation)> ShortenAsync(IReadOnlyList<Step> steps, Violation violation)
    {
        var time = Stopwatch.StartNew();
        bool shorter = true;
        for (int part = Math.Max(1, steps.Count / 2); shorter || part > 1; part = Math.Max(1, part / 2))
        {
            shorter = false;
            for (int at = 0; at < steps.Count && time.Elapsed < s_patience; at += part)
            {
                Step[] rest = [.. steps.Take(at), .. steps.Skip(at + part)];
                if (await FailureOfAsync(rest) is { } failure)
                {
                    (steps, violation, shorter) = (rest, failure, true);
                    at -= part;
                }
            }
        }

        return (steps, violation);
    }

    private static async Task<Violation?> FailureOfAsync(Step[] steps)
    {
        try
        {
            await World.RunAsync(steps);
            return null;
        }
        catch (Violation violation)
        {
            return violation;
        }
    }
}
