using System.Text.Json;
using Microsoft.Playwright;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>axe-core's judgement of a page by the rules of WCAG 2.2, levels A and AA.</summary>
internal static class Accessibility
{
    /// <summary>Loaded into each page before its own scripts: its policy allows none of ours later.</summary>
    public static string ScriptPath { get; } = Path.Combine(Repository.Root, "tests", "interop-js", "node_modules", "axe-core", "axe.min.js");

    private const string Run = """
        async () => {
          const result = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
          return JSON.stringify(result.violations.flatMap(violation => violation.nodes.map(node =>
            `${violation.id}: ${node.html.slice(0, 160)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`)));
        }
        """;

    /// <summary>What breaks a rule: the rule, the element, and why.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(IPage page) => JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Run))!;
}
