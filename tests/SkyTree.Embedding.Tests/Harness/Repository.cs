using System.Reflection;

namespace SkyTree.Embedding.Tests.Harness;

/// <summary>Finds the repository's files, and what was built beside the tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Configuration { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Configuration").Value!;

    /// <summary>A project's program.</summary>
    /// <param name="project">The project's folder, below the root.</param>
    public static string Program(string project) => Path.Combine(Root, project, "bin", Configuration, "net10.0", Path.GetFileName(project) + ".dll");

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
