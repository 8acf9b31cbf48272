namespace SkyTree.Portal.Tests.Harness;

/// <summary>Finds the repository's files from a running test.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"SkyTree.sln is not above {AppContext.BaseDirectory}");
    }
}
