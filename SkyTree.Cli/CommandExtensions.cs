using System.CommandLine;
using SkyTree.Cli.Output;

namespace SkyTree.Cli;

/// <summary>How commands are put together.</summary>
internal static class CommandExtensions
{
    /// <summary>What a command does. What goes wrong is one line on standard error, and the exit code.</summary>
    public static T Runs<T>(this T command, Func<CommandContext, Task<int>> run)
        where T : Command
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CommandContext context = new(parsed, cancellationToken);
            try
            {
                return await run(context);
            }
            catch (CliException exception)
            {
                await ErrorLine.WriteAsync(exception.Message);
                return exception.ExitCode;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await ErrorLine.WriteAsync(exception.Message);
                return ExitCode.Refused;
            }
        });
        return command;
    }

    /// <summary>The same for a command that is done unless it throws.</summary>
    public static T Runs<T>(this T command, Func<CommandContext, Task> run)
        where T : Command => command.Runs(async context =>
    {
        await run(context);
        return ExitCode.Done;
    });

    /// <summary>Examples for its help, without the program's name.</summary>
    public static T Examples<T>(this T command, params string[] examples)
        where T : Command
    {
        HelpWithExamples.Note(command, examples);
        return command;
    }

    /// <summary>Adds an argument.</summary>
    public static T With<T>(this T command, params Argument[] arguments)
        where T : Command
    {
        foreach (Argument argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        return command;
    }

    /// <summary>Adds options.</summary>
    public static T With<T>(this T command, params Option[] options)
        where T : Command
    {
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        return command;
    }
}
