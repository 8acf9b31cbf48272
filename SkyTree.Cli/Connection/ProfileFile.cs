using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyTree.Cli.Connection;

/// <summary>The file with the profiles, which only its user can read.</summary>
internal static class ProfileFile
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Where it lies.</summary>
    public static string Path { get; } = Variables.Read(Variables.ProfileFile) ?? System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "skytree", "profiles.json");

    /// <summary>All profiles by name.</summary>
    /// <exception cref="CliException">The file is not as this program writes it, or others can read it.</exception>
    public static SortedDictionary<string, Profile> Read()
    {
        if (!File.Exists(Path))
        {
            return [];
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & ~Own) != 0)
        {
            throw CliException.Refused($"{Path} holds logins and can be read by others: chmod 600 it");
        }

        try
        {
            return JsonSerializer.Deserialize<SortedDictionary<string, Profile>>(File.ReadAllBytes(Path), s_json) ?? [];
        }
        catch (JsonException exception)
        {
            throw CliException.Refused($"{Path} is no file of profiles: {exception.Message}", exception);
        }
    }

    /// <summary>Writes them in the place of those that are there, or not at all.</summary>
    public static void Write(SortedDictionary<string, Profile> profiles)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Own | UnixFileMode.UserExecute);
            options.UnixCreateMode = Own;
        }

        string written = $"{Path}.{Environment.ProcessId}";
        using (FileStream file = new(written, options))
        {
            JsonSerializer.Serialize(file, profiles, s_json);
        }

        File.Move(written, Path, overwrite: true);
    }
}
