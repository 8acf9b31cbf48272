using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SkyTree.Docs.Tests.Pages;
using Xunit;

namespace SkyTree.Docs.Tests.Snippets;

/// <summary>
/// Runs what can be run of a page, in order, in a folder and in namespaces of its own: the ports of the text are free, and no
/// other process is seen or touched.
/// </summary>
internal sealed class PageRun : IDisposable
{
    public const string AdminPassword = "a good password";

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(4);

    private readonly Page _page;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("skytree-page-");
    private readonly StringBuilder _steps = new();
    private bool _hasBroker;

    private PageRun(Page page)
    {
        _page = page;
        _folder.CreateSubdirectory(".steps");
    }

    private string Steps => Path.Combine(_folder.FullName, ".steps");

    /// <summary>Whether any block of the page is run by a shell or a server.</summary>
    public static bool Has(Page page) => page.Blocks.Any(IsRun);

    public static async Task Run(Page page)
    {
        using PageRun run = new(page);
        run.Prepare();
        await run.Execute();
    }

    /// <summary>Removes what the page has left. Processes of a page that was ended may be writing for a moment.</summary>
    public void Dispose()
    {
        long deadline = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                _folder.Delete(recursive: true);
                return;
            }
            catch (IOException) when (Environment.TickCount64 < deadline)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static bool IsRun(CodeBlock block) => block.NotRun is null && (block.IsShell || block.Language == "sql");

    private void Prepare()
    {
        foreach (string shared in (string[])["cluster.sh", "docs"])
        {
            File.CreateSymbolicLink(Path.Combine(_folder.FullName, shared), Repository.PathOf(shared));
        }

        StringBuilder programs = new();
        foreach (CodeBlock block in _page.Blocks.Where(block => block.NotRun is null).OrderBy(block => block.Instruction("file") is null))
        {
            if (block.Instruction("file") is { } file)
            {
                Add(block, block.Language == "json" ? JsonSnippets.Whole(block) : block.Text, "file", file);
                if (block.Language == "csharp")
                {
                    programs.Append(CultureInfo.InvariantCulture, $"{file} {CSharpSnippets.Program(block)}\n");
                }
            }
            else if (block.IsShell)
            {
                AddShell(block);
            }
            else if (block.Language == "sql")
            {
                Add(block, block.Text, "sql", block.ToString(), block.Instruction("server") ?? "");
            }
            else if (block.Instruction("output") is not null)
            {
                IEnumerable<string> lines = block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Pattern);
                Add(block, string.Join('\n', lines) + "\n", "expect", block.ToString());
            }
        }

        File.WriteAllText(Path.Combine(Steps, "programs"), programs.ToString());
        File.WriteAllText(Path.Combine(Steps, "steps.sh"), _steps.ToString());
    }

    private void AddShell(CodeBlock block)
    {
        if (block.Instruction("with") == "no broker")
        {
            _steps.Append("step_stop\n");
            _hasBroker = true;
        }

        bool starts = block.Text.Contains("--project SkyTree.Web", StringComparison.Ordinal) || block.Text.Contains("./cluster.sh up", StringComparison.Ordinal);
        if (!starts && !_hasBroker)
        {
            _steps.Append("step_serve\n");
        }

        _hasBroker = true;
        if (block.Instruction("until") is { } text)
        {
            Add(block, block.Text, "keep", block.ToString(), Pattern(text));
        }
        else
        {
            Add(block, block.Text, block.Instruction("fails") is null ? "run" : "fail", block.ToString());
        }
    }

    // An ellipsis is whatever stands there.
    private static string Pattern(string line) => string.Join(".*", line.TrimEnd().Split('…').Select(Regex.Escape));

    private void Add(CodeBlock block, string text, string step, params string[] arguments)
    {
        string file = Path.Combine(Steps, string.Create(CultureInfo.InvariantCulture, $"line-{block.Line}"));
        File.WriteAllText(file, text);
        _steps.Append(CultureInfo.InvariantCulture, $"step_{step} '{file}'");
        foreach (string argument in arguments)
        {
            _steps.Append(CultureInfo.InvariantCulture, $" '{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'");
        }

        _steps.Append('\n');
    }

    private async Task Execute()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SkyTree.Web.dll");
        ProcessStartInfo start = new("unshare", [
            "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "bash", Path.Combine(AppContext.BaseDirectory, "Snippets", "page.sh"), _folder.FullName])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardError = true, // of unshare alone
            Environment =
            {
                ["HOME"] = _folder.FullName,
                ["PAGE"] = _folder.FullName,
                ["REPOSITORY"] = Repository.Root,
                ["SKYTREE_PROGRAM"] = program,
                ["SNIPPET_RUNTIME"] = Path.Combine(AppContext.BaseDirectory, typeof(PageRun).Assembly.GetName().Name!),
                ["SKYTREE_ADMIN_PASSWORD"] = AdminPassword,
                ["PYTHONUNBUFFERED"] = "1",
                ["LC_ALL"] = "C.UTF-8",
            },
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenSource deadline = new(s_deadline);
        Task<string> refusal = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{_page} took longer than {s_deadline}:\n{Output()}");
        }

        Assert.True(process.ExitCode == 0 && Output().EndsWith("==> done\n", StringComparison.Ordinal), $"Exit code {process.ExitCode}. The last line with ==> says where.\n{await refusal}{Output()}");
    }

    private string Output() => File.Exists(Path.Combine(Steps, "output")) ? File.ReadAllText(Path.Combine(Steps, "output")) : "";
}
