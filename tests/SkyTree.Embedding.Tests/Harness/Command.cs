using System.Diagnostics;

namespace SkyTree.Embedding.Tests.Harness;

/// <summary>Runs a command to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs it in a shell.</summary>
    /// <exception cref="InvalidOperationException">It has failed; its output is in the message.</exception>
    public static async Task<string> RunAsync(string folder, string command, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new("/bin/sh", ["-ec", command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource patience = new(s_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{command}' does not end.");
        }

        string text = await output + await errors;
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"'{command}' has failed ({process.ExitCode}):\n{text}");
    }
}
