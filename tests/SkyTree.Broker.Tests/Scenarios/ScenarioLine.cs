using System.Text;

namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>One line of a scenario, with what of it applies to a protocol version.</summary>
internal sealed record ScenarioLine(int Number, string Text)
{
    /// <summary>The step for a version, without comment, version prefix and parts for other versions; empty when there is none.</summary>
    public string For(string version)
    {
        string line = Text.Trim();
        if (line.Length == 0 || line[0] == '#')
        {
            return "";
        }

        if (line[0] == '[')
        {
            int end = line.IndexOf(']', StringComparison.Ordinal);
            string[] versions = line[1..end].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!versions.Contains(version) && !(versions.Contains("v3") && version != "v5"))
            {
                return "";
            }

            line = line[(end + 1)..].Trim();
        }

        return Resolve(line, version == "v5");
    }

    /// <summary>Takes <c>(…)</c> away, or only its parentheses for 5.0, and what follows two spaces and <c>#</c>.</summary>
    private static string Resolve(string line, bool isVersion5)
    {
        StringBuilder text = new();
        bool quoted = false;
        bool dropping = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && quoted && i + 1 < line.Length)
            {
                Keep(c);
                Keep(line[++i]);
                continue;
            }

            if (c == '"')
            {
                quoted = !quoted;
            }

            if (!quoted && c == '#' && i > 1 && line[i - 1] == ' ' && line[i - 2] == ' ')
            {
                break;
            }

            if (!quoted && c is '(' or ')')
            {
                dropping = c == '(' && !isVersion5;
                continue;
            }

            Keep(c);
        }

        return text.ToString().Trim();

        void Keep(char c)
        {
            if (!dropping)
            {
                text.Append(c);
            }
        }
    }
}
