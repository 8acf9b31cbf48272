using System.CommandLine;
using System.Diagnostics;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>What people see of the commands themselves.</summary>
public sealed class CommandTests
{
    private static readonly string s_root = FindRoot();

    [Fact]
    public void Every_command_is_in_the_documentation()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(s_root, "docs", "cli.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        foreach (Command command in SkyTreeCli.CreateRoot().Subcommands)
        {
            string[] verbs = [.. command.Subcommands.Select(sub => sub.Name)];
            string row = verbs.Length == 0
                ? rows.Single(line => line.Split('|')[1].Contains($"`{command.Name}`", StringComparison.Ordinal))
                : rows.Single(line => line.StartsWith($"| `{command.Name} ", StringComparison.Ordinal));
            string[] documented = [.. row.Split('|')[1].Split(',').Select(part => part.Trim(' ', '`')).Select(part => part.StartsWith($"{command.Name} ", StringComparison.Ordinal) ? part[(command.Name.Length + 1)..] : part)];
            if (verbs.Length > 0)
            {
                Assert.Equal(verbs.Order(), documented.Order());
            }
        }
    }

    [Fact]
    public async Task Every_command_has_help_whose_examples_are_commands()
    {
        RootCommand root = SkyTreeCli.CreateRoot();
        foreach (string[] path in PathsOf(root, []))
        {
            using StringWriter output = new();
            int exitCode = await root.Parse([.. path, "--help"]).InvokeAsync(new InvocationConfiguration { Output = output });
            Assert.Equal(0, exitCode);
            string[] examples = [.. output.ToString().Split('\n').SkipWhile(line => line != "Examples:").Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0)];
            Assert.True(examples.Length > 0 || path is ["migrate"] || root.Parse(path).CommandResult.Command.Subcommands.Count > 0, string.Join(' ', path));
            foreach (string example in examples)
            {
                string arguments = example.Split(" || ")[0].Split(" > ")[0].Split(" < ")[0].Replace("skytree ", "", StringComparison.Ordinal).Replace('\'', '"');
                ParseResult parsed = root.Parse(arguments);
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join("; ", parsed.Errors.Select(error => error.Message))}");
                Assert.StartsWith(string.Join(' ', path), arguments, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_shell_completes_commands_and_options()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-completion-").FullName;
        try
        {
            string program = Path.Combine(folder, "skytree");
            File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{CliProcess.Program}' \"$@\"\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Assert.Equal("sessions\n", Complete(folder, "skytree sess"));
            Assert.Contains("kick\n", Complete(folder, "skytree sessions "), StringComparison.Ordinal);
            Assert.Contains("--prefix\n", Complete(folder, "skytree sessions list --pre"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void It_installs_as_a_tool()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-tool-").FullName;
        string version = $"0.1.0-test.{DateTime.UtcNow.Ticks}";
        try
        {
            Run("dotnet", "pack", Path.Combine(s_root, "SkyTree.Cli"), "-c", "Release", "--no-build", "-o", folder, $"-p:PackageVersion={version}", "--nologo", "-v", "quiet");
            Run("dotnet", "tool", "install", "SkyTree.Cli", "--version", version, "--source", folder, "--tool-path", Path.Combine(folder, "tools"));
            Assert.StartsWith("0.1.0", Run(Path.Combine(folder, "tools", "skytree"), "--version"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    private static string Complete(string folder, string line)
    {
        const string Script = """
            source <(skytree completion)
            COMP_LINE=$1 COMP_POINT=${#1}
            read -r -a COMP_WORDS <<< "$1"
            [[ $1 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _skytree
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        ProcessStartInfo start = new("bash", ["-c", Script, "bash", line]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process shell = Process.Start(start)!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output;
    }

    private static IEnumerable<string[]> PathsOf(Command command, string[] path) =>
        command.Subcommands.SelectMany(sub => PathsOf(sub, [.. path, sub.Name]).Prepend([.. path, sub.Name]));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("SkyTree.sln is in none of the folders above the tests.");
    }
}
