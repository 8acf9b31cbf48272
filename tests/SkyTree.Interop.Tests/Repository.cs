namespace SkyTree.Interop.Tests;

/// <summary>Where things lie in the working copy that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The broker's program, built in the same configuration as the tests.</summary>
    public static string BrokerProgram
    {
        get
        {
            var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(Root, "SkyTree.Web", "bin", framework.Parent!.Name, framework.Name, "SkyTree.Web.dll");
        }
    }

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
