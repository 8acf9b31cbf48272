using System.Runtime.InteropServices;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Commands;

/// <summary>Runs a command from its options to its exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Runs it. What goes wrong is one line on standard error.</summary>
    /// <returns>0, or 1 when it failed or was ended by a signal; of <c>cluster status</c> 2 when not all nodes serve.</returns>
    public static async Task<int> RunAsync(CommandLine commandLine)
    {
        string name = commandLine.Command == ProgramCommand.ResetPassword ? "reset-admin-password" : commandLine.Command.ToString().ToLowerInvariant();
        using CancellationTokenSource ended = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            ConfigurationManager configuration = new();
            configuration.UseSkyTreeSources(commandLine);
            SkyTreeOptions options = configuration.ReadSkyTree();
            if (commandLine.Command == ProgramCommand.Cluster)
            {
                return await ClusterCommand.RunAsync(commandLine.Cluster, options, ended.Token);
            }

            string done = commandLine.Command switch
            {
                ProgramCommand.Check => CheckCommand.Describe(options),
                ProgramCommand.Backup => await BackupCommand.RunAsync(commandLine.File, options, ended.Token),
                ProgramCommand.ResetPassword => await ResetPasswordCommand.RunAsync(commandLine.File, options, ended.Token),
                ProgramCommand.Restore => await RestoreCommand.RunAsync(commandLine.File, options, ended.Token),
                _ => await MigrateCommand.RunAsync(options, ended.Token),
            };
            await Console.Out.WriteLineAsync(done);
            return 0;
        }
        catch (StartUpException exception)
        {
            foreach (string line in exception.Lines)
            {
                await Console.Error.WriteLineAsync(line);
            }
        }
        catch (Exception) when (ended.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{name}: ended by a signal");
        }
        catch (Exception exception)
        {
            // Drivers of databases throw what they like; an operator wants to know what is wrong, not where.
            await Console.Error.WriteLineAsync($"{name}: {exception.Message}".ReplaceLineEndings(" "));
        }

        return 1;

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.Cancel();
        }
    }

    /// <summary>Checks that there is an embedded database in the data folder, rather than making one.</summary>
    /// <exception cref="StartUpException">There is none.</exception>
    public static void RequireState(SkyTreeOptions options)
    {
        if (options.Store.Provider == StoreProvider.Memory)
        {
            throw new StartUpException(["SkyTree:Store:Provider: what is in Memory is gone with the process; it can be neither backed up nor restored"]);
        }

        if (!File.Exists(Path.Combine(options.Data, Storage.StateFolder, "CURRENT")))
        {
            throw new StartUpException([$"SkyTree:Data: '{options.Data}' is no broker's data folder"]);
        }
    }
}
