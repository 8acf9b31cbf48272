using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using SkyTree.Cli.Commands;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli;

/// <summary>The program: its commands, and how one is run from its arguments to its exit code.</summary>
internal static class SkyTreeCli
{
    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot()
    {
        RootCommand root = new("Shows and does what a SkyTree broker's HTTP API can.")
        {
            StatusCommand.Create(),
            SessionCommands.Create(),
            TopicCommands.Create(),
            MessageCommands.Create(),
            RetainedCommands.Create(),
            PublishCommand.Create(),
            SubscribeCommands.CreateSubscribe(),
            SubscribeCommands.CreateEvents(),
            UserCommands.Create(),
            AccessCommands.Create(),
            BanCommands.Create(),
            DropCommands.Create(),
            BridgeCommands.Create(),
            SinkCommands.Create(),
            ClusterCommands.Create(),
            ConfigCommands.Create(),
            BackupCommands.CreateBackup(),
            BackupCommands.CreateRestore(),
            MigrateCommand.Create(),
            LoginCommands.CreateLogin(),
            LoginCommands.CreateLogout(),
            LoginCommands.CreateWhoAmI(),
            CompletionCommand.Create(),
        };
        ConnectionOptions.AddTo(root);
        Printer.AddTo(root);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Runs a command.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        ParseResult parsed = CreateRoot().Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (string error in parsed.Errors.Select(error => error.Message).Distinct())
            {
                await ErrorLine.WriteAsync(error);
            }

            await Console.Error.WriteLineAsync($"'{NameOf(parsed)} --help' shows what there is.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static string NameOf(ParseResult parsed)
    {
        Stack<string> names = new();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            names.Push(result is System.CommandLine.Parsing.CommandResult { Command: RootCommand } ? "skytree" : ((System.CommandLine.Parsing.CommandResult)result).Command.Name);
        }

        return string.Join(' ', names);
    }
}
