namespace SkyTree.Docs.Tests;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>A file of it.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("SkyTree.sln is in none of the folders above the tests.");
    }
}
