using System.CommandLine;

namespace SkyTree.Cli.Commands;

/// <summary>The script with which bash asks the program what may follow.</summary>
internal static class CompletionCommand
{
    private const string Script = """
        _skytree() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(skytree "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _skytree skytree
        """;

    public static Command Create() => new Command("completion", "Writes a script that has bash complete commands and options")
        .Examples("completion > /etc/bash_completion.d/skytree")
        .Runs(_ =>
        {
            Console.Out.WriteLine(Script);
            return Task.CompletedTask;
        });
}
