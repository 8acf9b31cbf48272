using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>The command line in a process of its own.</summary>
internal static class CliProcess
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    // What the machine's user may have set is none of a test's business.
    private static readonly string[] s_variables =
        ["SKYTREE_URL", "SKYTREE_API_KEY", "SKYTREE_USER", "SKYTREE_PASSWORD", "SKYTREE_CA_FILE", "SKYTREE_PROFILE", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    /// <summary>The program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "skytree.dll");

    /// <summary>Starts it.</summary>
    /// <param name="environment">Its variables.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (string variable in s_variables)
        {
            start.Environment.Remove(variable);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="environment">Its variables.</param>
    /// <param name="input">Its standard input; null: nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<CliResult> RunAsync(IReadOnlyDictionary<string, string> environment, string? input, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        using MemoryStream bytes = new();
        Task output = process.StandardOutput.BaseStream.CopyToAsync(bytes);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading it.
        }

        try
        {
            await process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException($"skytree {string.Join(' ', arguments)} does not end: {await errors}");
        }

        await output;
        return new CliResult(process.ExitCode, bytes.ToArray(), await errors);
    }
}

/// <summary>What the program has written, and what it has ended with.</summary>
internal sealed record CliResult(int ExitCode, byte[] Bytes, string Errors)
{
    public string Output { get; } = Encoding.UTF8.GetString(Bytes);

    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>It must have done what it was told.</summary>
    public CliResult Done()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Errors}{Output}");
        return this;
    }

    /// <summary>It must have ended so, with one line that says why, or one and where help is.</summary>
    public CliResult Failed(int exitCode, string reason)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Errors}{Output}");
        string first = Errors.Split('\n')[0];
        Assert.StartsWith("skytree: ", first, StringComparison.Ordinal);
        Assert.Contains(reason, first, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
        return this;
    }
}
