using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using SkyTree.Docs.Tests.Pages;
using Xunit;

namespace SkyTree.Docs.Tests.Snippets;

/// <summary>
/// C#, compiled against the projects and packages of the working copy. A whole program names its packages, and its usings as
/// in its project; pieces of one page follow one another in one script, with every public namespace of SkyTree in reach.
/// </summary>
internal static partial class CSharpSnippets
{
    private static readonly Lazy<IReadOnlyList<MetadataReference>> s_references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    private static readonly string[] s_usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];

    private static readonly string[] s_webUsings =
    [
        .. s_usings, "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    private static readonly Lazy<string[]> s_pieceUsings = new(() =>
        [.. s_webUsings, .. PublicNamespaces(), "Xunit"]);

    // Once each: what is compiled may be running already.
    private static readonly ConcurrentDictionary<CodeBlock, Lazy<string>> s_programs = new();

    /// <summary>Compiles all of a page's.</summary>
    public static void Check(Page page)
    {
        CSharpCompilation? before = null;
        foreach (CodeBlock block in page.Blocks.Where(block => block.Language == "csharp" && block.NotRun is null))
        {
            if (IsProgram(block))
            {
                Program(block);
                continue;
            }

            before ??= Given(page);
            CSharpCompilation piece = Piece(block.Text, before);
            Require(block.ToString(), piece.GetDiagnostics());
            before = piece;
        }
    }

    /// <summary>Compiles a whole program.</summary>
    /// <returns>The assembly, which lies beside those that it uses.</returns>
    public static string Program(CodeBlock block) => s_programs.GetOrAdd(block, block => new Lazy<string>(() => Compile(block))).Value;

    private static string Compile(CodeBlock block)
    {
        CheckPackages(block);
        string name = "snippet-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{block}{block.Text}")))[..12];
        string[] usings = block.Text.Contains("WebApplication", StringComparison.Ordinal) ? s_webUsings : s_usings;
        CSharpCompilation compilation = CSharpCompilation.Create(
            name,
            [
                CSharpSyntaxTree.ParseText(Directive().Replace(block.Text, ""), path: block.ToString()),
                CSharpSyntaxTree.ParseText(string.Concat(usings.Select(used => $"global using {used};\n"))),
            ],
            s_references.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        string path = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
        EmitResult result = compilation.Emit(path);
        Require(block.ToString(), result.Diagnostics);
        return path;
    }

    private static bool IsProgram(CodeBlock block) =>
        block.Instruction("file") is not null || Directive().IsMatch(block.Text)
        || block.Text.Contains(".CreateBuilder(", StringComparison.Ordinal) || NamespaceLine().IsMatch(block.Text);

    // What a page leaves to its readers, as a class of their own that an example uses.
    private static CSharpCompilation? Given(Page page)
    {
        string file = Repository.PathOf($"tests/SkyTree.Docs.Tests/Snippets/Given/{Path.GetFileNameWithoutExtension(page.Path)}.cs.txt");
        if (!File.Exists(file))
        {
            return null;
        }

        CSharpCompilation given = Piece(File.ReadAllText(file), null);
        Require(file, given.GetDiagnostics());
        return given;
    }

    private static CSharpCompilation Piece(string text, CSharpCompilation? before) => CSharpCompilation.CreateScriptCompilation(
        $"piece-{Guid.NewGuid():N}",
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(kind: SourceCodeKind.Script)),
        s_references.Value,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: s_pieceUsings.Value, nullableContextOptions: NullableContextOptions.Enable),
        before,
        globalsType: typeof(SnippetGlobals));

    private static void Require(string what, IEnumerable<Diagnostic> diagnostics)
    {
        List<Diagnostic> errors = [.. diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
        Assert.True(errors.Count == 0, $"{what}:\n{string.Join('\n', errors)}");
    }

    // A reader gets the version that the text names; the one that the tests use is that of the working copy.
    private static void CheckPackages(CodeBlock block)
    {
        string versions = File.ReadAllText(Repository.PathOf("Directory.Packages.props"));
        foreach (Match package in Package().Matches(block.Text).Where(package => !package.Groups["name"].Value.StartsWith("SkyTree", StringComparison.Ordinal)))
        {
            string line = $"Include=\"{package.Groups["name"].Value}\" Version=\"{package.Groups["version"].Value}\"";
            Assert.True(versions.Contains(line, StringComparison.Ordinal), $"{block}: Directory.Packages.props has no {line}");
        }
    }

    private static IEnumerable<string> PublicNamespaces() => Directory.EnumerateFiles(AppContext.BaseDirectory, "SkyTree.*.dll")
        .Where(path => !path.EndsWith(".Tests.dll", StringComparison.Ordinal))
        .SelectMany(path => System.Reflection.Assembly.Load(Path.GetFileNameWithoutExtension(path)).GetExportedTypes())
        .Select(type => type.Namespace)
        .OfType<string>()
        .Distinct();

    [GeneratedRegex(@"^#:.*$", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"^namespace ", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^#:package (?<name>[^@\s]+)@(?<version>\S+)", RegexOptions.Multiline)]
    private static partial Regex Package();
}
