using System.Collections.Concurrent;
using SkyTree.Docs.Tests.Pages;
using SkyTree.Docs.Tests.Snippets;
using Xunit;

namespace SkyTree.Docs.Tests;

/// <summary>Every fenced block of README.md and docs. How they are written is said in docs/README.md.</summary>
public sealed class SnippetTests
{
    // What each language's blocks are checked with, whether or not they are run as well.
    private static readonly Dictionary<string, Action<CodeBlock>> s_checks = new()
    {
        ["sh"] = OtherSnippets.CheckShell,
        ["bash"] = OtherSnippets.CheckShell,
        ["json"] = JsonSnippets.Check,
        ["yaml"] = OtherSnippets.CheckYaml,
        ["promql"] = OtherSnippets.CheckPromQL,
        ["xml"] = OtherSnippets.CheckXml,
        ["python"] = OtherSnippets.CheckPython,
        ["ini"] = OtherSnippets.CheckIni,
        ["http"] = OtherSnippets.CheckHttp,
        ["csharp"] = _ => { }, // a page's are compiled together
        ["sql"] = RequireServer,
        ["text"] = _ => { },
    };

    private const int PagesAtOnce = 3;

    private static readonly ConcurrentDictionary<string, Task> s_runs = new();

    // Who writes a page wants to see that one.
    private static readonly string[] s_pagesThatRun =
        [.. Page.All.Where(PageRun.Has).Select(page => page.Path).Where(path => Environment.GetEnvironmentVariable("SKYTREE_DOCS_PAGE") is not { Length: > 0 } only || only == path)];

    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    public static TheoryData<string> PagesThatRun => [.. s_pagesThatRun];

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_code_is_only_indented(string page) => Assert.Empty(Page.Find(page).IndentedCode);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_says_its_language_and_is_well_formed(string page) => Assert.All(Page.Find(page).Blocks, block =>
    {
        Assert.True(block.NotRun is null or { Length: >= 10 }, $"{block}: no-run needs a reason");
        if (s_checks.TryGetValue(block.Language, out Action<CodeBlock>? check))
        {
            check(block);
        }
        else
        {
            Assert.True(block.Language.Length > 0 && block.NotRun is not null, $"{block}: '{block.Language}' is not one of {string.Join(", ", s_checks.Keys)}; another one is no-run");
        }
    });

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_piece_of_csharp_compiles(string page) => CSharpSnippets.Check(Page.Find(page));

    [Theory]
    [MemberData(nameof(PagesThatRun))]
    public Task The_commands_of_a_page_do_what_it_says(string page)
    {
        // Pages mostly wait: the next ones are begun meanwhile.
        List<string> next = [.. s_pagesThatRun.SkipWhile(path => path != page).Take(PagesAtOnce)];
        return next.ConvertAll(path => s_runs.GetOrAdd(path, path => PageRun.Run(Page.Find(path))))[0];
    }

    private static void RequireServer(CodeBlock block) =>
        Assert.True(block.NotRun is not null || block.Instruction("server") is "mysql" or "sqlite", $"{block}: say which server runs it: server: mysql");
}
