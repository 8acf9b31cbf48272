using Microsoft.Extensions.Configuration.Json;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.Web.Configuration;

/// <summary>Where the program's configuration comes from.</summary>
internal static class ConfigurationSources
{
    private const string FileName = "appsettings.json";

    // The two listeners exist without any file; Enabled=false switches one off.
    private static readonly Dictionary<string, string?> s_defaults = new()
    {
        ["SkyTree:Listeners:mqtt:Kind"] = "Tcp",
        ["SkyTree:Listeners:http:Kind"] = "WebSocket",
        ["SkyTree:Listeners:http:Web"] = "true",
        ["Logging:LogLevel:Microsoft"] = "Warning",
    };

    /// <summary>Replaces the sources of the framework, which would look for the file in other places.</summary>
    /// <exception cref="StartUpException">The file cannot be read.</exception>
    public static void UseSkyTreeSources(this IConfigurationManager configuration, CommandLine commandLine)
    {
        try
        {
            configuration.Sources.Clear();
            configuration.AddInMemoryCollection(s_defaults);
            if (ConfigurationFile() is { } path)
            {
                configuration.Add<JsonConfigurationSource>(source =>
                {
                    source.Path = path;
                    source.ReloadOnChange = false;
                    source.ResolveFileProvider();
                });
            }

            configuration.AddEnvironmentVariables();
            configuration.AddInMemoryCollection(commandLine.Settings);
            string data = configuration["SkyTree:Data"] is { Length: > 0 } folder ? folder : new SkyTreeOptions().Data;
            configuration.Add(new ChangedConfiguration(Path.Combine(data, ChangedConfiguration.FileName)));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new StartUpException([Explain(exception)]);
        }
    }

    /// <summary>The file that SKYTREE_CONFIG names; else the one at the root of the source; else the one beside the program.</summary>
    private static string? ConfigurationFile()
    {
        if (Environment.GetEnvironmentVariable("SKYTREE_CONFIG") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new StartUpException([$"SKYTREE_CONFIG: file '{named}' does not exist"]);
        }

        string?[] folders = [SourceFolder(), AppContext.BaseDirectory];
        return folders.OfType<string>().Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists);
    }

    /// <summary>The folder of SkyTree.sln when the program was built in place, else null.</summary>
    public static string? SourceFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }

    private static string Explain(Exception exception)
    {
        Exception innermost = exception;
        while (innermost.InnerException is { } inner)
        {
            innermost = inner;
        }

        return innermost == exception ? exception.Message : $"{exception.Message} {innermost.Message}".ReplaceLineEndings(" ");
    }
}
