using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace SkyTree.Docs.Tests.Pages;

/// <summary>A page of the documentation.</summary>
internal sealed class Page
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().UsePreciseSourceLocation().Build();
    private static readonly Lazy<IReadOnlyList<Page>> s_all = new(ReadAll);

    private Page(string path)
    {
        Path = path;
        MarkdownDocument document = Markdown.Parse(File.ReadAllText(Repository.PathOf(path)), s_pipeline);
        Blocks = [.. document.Descendants<FencedCodeBlock>().Select(block => new CodeBlock(this, block))];
        IndentedCode = [.. document.Descendants<Markdig.Syntax.CodeBlock>().Where(block => block is not FencedCodeBlock).Select(block => block.Line + 1)];
        InlineCode = [.. document.Descendants<CodeInline>().Select(code => (code.Content, code.Line + 1))];
        Links = [.. document.Descendants<LinkInline>().Select(link => new PageLink(this, link.Url ?? "", link.Line + 1, link.IsImage))];
        Anchors = HeadingAnchors.Of(document.Descendants<HeadingBlock>().Select(TextOf));
    }

    /// <summary>README.md, everything in docs, and what packages, samples and benchmarks say of themselves.</summary>
    public static IReadOnlyList<Page> All => s_all.Value;

    /// <summary>Relative to the root of the working copy.</summary>
    public string Path { get; }

    /// <summary>Fenced code, in order.</summary>
    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>Lines, from 1, of code that is only indented and so says nothing of itself.</summary>
    public IReadOnlyList<int> IndentedCode { get; }

    /// <summary>Code within the text, with its line from 1.</summary>
    public IReadOnlyList<(string Text, int Line)> InlineCode { get; }

    /// <summary>Links and images, in order.</summary>
    public IReadOnlyList<PageLink> Links { get; }

    /// <summary>What a link can name behind <c>#</c>.</summary>
    public IReadOnlySet<string> Anchors { get; }

    public static Page Find(string path) => All.Single(page => page.Path == path);

    public override string ToString() => Path;

    private static IReadOnlyList<Page> ReadAll()
    {
        IEnumerable<string> docs = Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal);
        IEnumerable<string> others = Directory.EnumerateDirectories(Repository.Root, "SkyTree.*")
            .Concat(Directory.EnumerateDirectories(Repository.PathOf("templates")))
            .Append(Repository.PathOf("samples"))
            .Append(Repository.PathOf("bench"))
            .Select(folder => System.IO.Path.Combine(folder, "README.md"))
            .Where(File.Exists)
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal);
        return [.. docs.Prepend("README.md").Concat(others).Select(path => new Page(path))];
    }

    private static string TextOf(HeadingBlock heading) => string.Concat(heading.Inline!.Descendants().Select(inline => inline switch
    {
        LiteralInline text => text.Content.ToString(),
        CodeInline code => code.Content,
        _ => "",
    }));
}
