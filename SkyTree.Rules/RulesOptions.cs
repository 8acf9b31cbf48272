using SkyTree.Rules.Republishing;
using SkyTree.Rules.Rewriting;

namespace SkyTree.Rules;

/// <summary>Rules for topics and messages (<c>SkyTree:Rules</c>).</summary>
internal sealed record RulesOptions
{
    /// <summary>Topics that get other names: of several rules that fit, the first one counts.</summary>
    public IReadOnlyList<RewriteOptions> Rewrites { get; init; } = [];

    /// <summary>Messages that are published again, by the rule's name: every rule that fits counts.</summary>
    public IReadOnlyDictionary<string, RepublishOptions> Republish { get; init; } = new Dictionary<string, RepublishOptions>();

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    /// <param name="section">The section's full name, <c>SkyTree:Rules</c>.</param>
    /// <param name="mistake">Is told the full name of an option, and what is wrong with it.</param>
    public void Validate(string section, Action<string, string> mistake)
    {
        ArgumentNullException.ThrowIfNull(mistake);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < Rewrites.Count; i++)
        {
            string key = $"{section}:Rewrites:{i}";
            if (Rewrites[i].Enabled)
            {
                CheckName($"{key}:Name", Rewrites[i].Name, names, mistake);
                RewriteRule.TryCreate(Rewrites[i], (option, problem) => mistake($"{key}:{option}", problem));
            }
        }

        List<RepublishRule> rules = [];
        foreach ((string name, RepublishOptions options) in Republish.Where(pair => pair.Value.Enabled))
        {
            string key = $"{section}:Republish:{name}";
            CheckName(key, name, names, mistake);
            if (RepublishRule.TryCreate(name, options, (option, problem) => mistake($"{key}:{option}", problem)) is { } rule)
            {
                rules.Add(rule);
            }
        }

        if (RuleCircle.Find(rules) is { } circle)
        {
            mistake($"{section}:Republish:{circle[0]}", $"what {string.Join(" publishes, ", circle)} publishes could come round to it again without end; change a To, a Filter or a DeadLetterTopic");
        }
    }

    private static void CheckName(string key, string name, HashSet<string> names, Action<string, string> mistake)
    {
        if (name.Length is 0 or > 59 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            mistake(key, "a rule's name consists of 1 to 59 letters, digits, '-', '_' and '.'");
        }
        else if (!names.Add(name))
        {
            mistake(key, $"there is another rule '{name}'");
        }
    }
}
