using System.Net.Sockets;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Cluster.Raft;
using SkyTree.Web.Commands;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Hosting;

/// <summary>Runs the program from its arguments to its exit code.</summary>
internal static class SkyTreeHost
{
    /// <summary>Starts what <paramref name="build"/> makes, announces the listeners on standard output, and waits for the end.</summary>
    /// <returns>The exit code: 0 after a graceful stop or an answered question, 1 when the broker could not start.</returns>
    public static async Task<int> RunAsync(string[] arguments, Func<CommandLine, WebApplication> build)
    {
        try
        {
            CommandLine commandLine = CommandLine.Parse(arguments);
            if (commandLine.Answer is { } answer)
            {
                await Console.Out.WriteLineAsync(answer());
                return 0;
            }

            if (commandLine.Command != ProgramCommand.Serve)
            {
                return await CommandRunner.RunAsync(commandLine);
            }

            await using WebApplication app = build(commandLine);
            using StopSignals signals = new();
            await app.StartAsync();
            await AnnounceAsync(app.Services.GetRequiredService<ActiveListeners>());
            using CancellationTokenRegistration stopping = app.Lifetime.ApplicationStopping.Register(() => ServiceManager.Tell(ServiceManager.Stopping));
            ServiceManager.Tell(ServiceManager.Ready);
            await app.WaitForShutdownAsync();
            return Environment.ExitCode;
        }
        catch (StartUpException exception)
        {
            foreach (string line in exception.Lines)
            {
                await Console.Error.WriteLineAsync(line);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException or RaftException)
        {
            await Console.Error.WriteLineAsync($"The broker cannot start: {exception.Message}".ReplaceLineEndings(" "));
        }

        return 1;
    }

    private static async Task AnnounceAsync(ActiveListeners listeners)
    {
        foreach (string address in listeners.All.SelectMany(listener => listener.Addresses))
        {
            await Console.Out.WriteLineAsync($"listening {address}");
        }

        await Console.Out.WriteLineAsync("ready");
        await Console.Out.FlushAsync();
    }
}
