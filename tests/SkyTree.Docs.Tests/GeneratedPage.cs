using Xunit;

namespace SkyTree.Docs.Tests;

/// <summary>A page that is written from the source.</summary>
internal static class GeneratedPage
{
    /// <summary>What writes such pages anew.</summary>
    public const string Command = "SKYTREE_UPDATE_DOCS=1 dotnet test --project tests/SkyTree.Docs.Tests";

    /// <summary>Fails if the page says something else.</summary>
    public static void Require(string path, string text)
    {
        string file = Repository.PathOf(path);
        if (Environment.GetEnvironmentVariable("SKYTREE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, text);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == text, $"{path} is not up to date. Write it with: {Command}");
    }
}
