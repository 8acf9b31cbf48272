using Markdig.Syntax;

namespace SkyTree.Docs.Tests.Pages;

/// <summary>
/// A fenced block. Its first word is the language; behind it may be one thing that readers of the page do not see, as
/// <c>no-run: needs docker</c>. Which there are is said in docs/README.md.
/// </summary>
internal sealed class CodeBlock
{
    private static readonly string[] s_instructions = ["no-run", "until", "file", "in", "output", "server", "with", "fails"];

    public CodeBlock(Page page, FencedCodeBlock block)
    {
        Page = page;
        Line = block.Line + 1;
        Language = block.Info ?? "";
        Text = block.Lines.ToString() + "\n";
        foreach (string part in (block.Arguments ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split(':', 2, StringSplitOptions.TrimEntries);
            if (!s_instructions.Contains(pair[0]))
            {
                throw new InvalidDataException($"{this}: '{pair[0]}' is not one of {string.Join(", ", s_instructions)}");
            }

            Instructions[pair[0]] = pair.Length > 1 ? pair[1] : "";
        }
    }

    public Page Page { get; }

    /// <summary>The line of the fence, from 1.</summary>
    public int Line { get; }

    /// <summary>The first word, empty if there is none.</summary>
    public string Language { get; }

    /// <summary>What is inside, with a line end.</summary>
    public string Text { get; }

    /// <summary>Whether a shell runs it, or checks its syntax.</summary>
    public bool IsShell => Language is "sh" or "bash";

    /// <summary>Why it is not run, or null.</summary>
    public string? NotRun => Instruction("no-run");

    private Dictionary<string, string> Instructions { get; } = [];

    /// <summary>What is said behind an instruction, or null if it is not there.</summary>
    public string? Instruction(string name) => Instructions.GetValueOrDefault(name);

    public override string ToString() => $"{Page}:{Line}";
}
