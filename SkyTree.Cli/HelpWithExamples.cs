using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace SkyTree.Cli;

/// <summary>The help of a command, with its examples below.</summary>
/// <param name="help">What shows all but them.</param>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly ConditionalWeakTable<Command, string[]> s_examples = [];

    /// <summary>Notes a command's examples, without the program's name.</summary>
    public static void Note(Command command, string[] examples) => s_examples.AddOrUpdate(command, examples);

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (s_examples.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  skytree {example}");
            }

            output.WriteLine();
        }

        return exitCode;
    }
}
