namespace SkyTree.Sinks;

/// <summary>Secrets stand in the configuration or, better, on the first line of a file.</summary>
internal static class SecretFile
{
    /// <summary>The secret; empty: there is none.</summary>
    public static string Read(string value, string path) => path.Length > 0 ? File.ReadLines(path).FirstOrDefault()?.Trim() ?? "" : value;

    /// <summary>Finds what is wrong with where it stands.</summary>
    public static void Validate(string section, string option, string value, string path, Action<string, string> mistake)
    {
        if (value.Length > 0 && path.Length > 0)
        {
            mistake($"{section}:{option}Path", $"give it here or in {option}, not twice");
        }
        else if (path.Length > 0 && !File.Exists(path))
        {
            mistake($"{section}:{option}Path", $"file '{path}' does not exist");
        }
    }
}
