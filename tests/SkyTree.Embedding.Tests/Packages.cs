using SkyTree.Embedding.Tests.Harness;
using Xunit;

namespace SkyTree.Embedding.Tests;

/// <summary>The packages as they would be published, in a feed of their own, and a folder that uses it.</summary>
public sealed class Packages : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("skytree-packages-").FullName;

    /// <summary>A release that nobody has restored before: the machine's package cache goes by it.</summary>
    internal string Version { get; } = $"0.1.{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}";

    /// <summary>Where the packages are.</summary>
    internal string Feed => Path.Combine(_root, "feed");

    /// <summary>A new user's folder.</summary>
    internal string Folder => Path.Combine(_root, "home");

    internal (string Name, string Value)[] Environment =>
    [
        ("DOTNET_CLI_HOME", Path.Combine(_root, "cli")),
        ("NUGET_PACKAGES", System.Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages")),
        ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
        ("DOTNET_NOLOGO", "1"),
        ("MSBUILDDISABLENODEREUSE", "1"),
    ];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        string sources = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "embedding.md"));
        Assert.Contains("dotnet pack SkyTree.Packages.slnf -c Release", sources, StringComparison.Ordinal);
        // Into folders of its own: the programs that other tests run are not built anew beneath them.
        await Command.RunAsync(
            Repository.Root,
            $"dotnet pack SkyTree.Packages.slnf -c Release -p:PackageVersion={Version} -p:RunAnalyzers=false --artifacts-path '{Path.Combine(_root, "build")}' -o '{Feed}' -v quiet --nologo",
            ("MSBUILDDISABLENODEREUSE", "1"));
        // Beside the sources that the machine has.
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "nuget.config"),
            $"<configuration><packageSources><add key=\"skytree\" value=\"{Feed}\" /></packageSources></configuration>");
        await RunAsync($"dotnet new install '{Path.Combine(Feed, $"SkyTree.Templates.{Version}.nupkg")}'");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        foreach (string folder in Directory.EnumerateDirectories(Environment[1].Value, "skytree.*").Select(folder => Path.Combine(folder, Version)).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }

        return default;
    }

    internal Task<string> RunAsync(string command, string folder = "") => Command.RunAsync(Path.Combine(Folder, folder), command, Environment);
}
